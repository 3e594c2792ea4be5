import type { ColumnDef } from '@tanstack/react-table';
import { useMemo } from 'react';
import { Chip } from '../Chip';
import { DataTable } from '../DataTable';
import { useComponentTexts } from '../useComponentTexts';
import { named, type NamedOutcome, type Outcome } from './bulk';

interface Props {
  readonly names: ReadonlyMap<string, string>;
  readonly outcomes: readonly Outcome[];
}

const tones = { refused: 'bad', unsure: 'warn', done: 'good' } as const;
const RowHeight = 36;
const MostHeight = 380;

/** What became of each record, those first that somebody must look at. */
export function OutcomeTable({ names, outcomes }: Props) {
  const t = useComponentTexts();
  const rows = useMemo(() => named(outcomes, names), [names, outcomes]);
  const columns = useMemo((): readonly ColumnDef<NamedOutcome>[] => [
    { id: 'name', header: t('many.name'), size: 160, cell: ({ row }) => row.original.name },
    { id: 'state', header: t('many.result'), size: 120, cell: ({ row }) => <Chip tone={tones[row.original.state]}>{t(`outcome.${row.original.state}`)}</Chip> },
    { id: 'why', header: t('many.reason'), size: 320, cell: ({ row }) => <span title={row.original.problem?.detail}>{reasonOf(row.original)}</span> },
  ], [t]);
  if (rows.length === 0) return null;
  return (
    <div style={{ height: Math.min(RowHeight * rows.length + 42, MostHeight) }}>
      <DataTable label={t('many.results')} rows={rows} columns={columns} idOf={row => row.id} nameOf={row => row.name} rowHeight={RowHeight} />
    </div>
  );
}

function reasonOf({ problem }: Outcome): string {
  return problem?.errors?.map(error => error.detail).join(' ') || problem?.detail || '';
}
