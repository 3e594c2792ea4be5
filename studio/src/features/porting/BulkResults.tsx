import type { ColumnDef } from '@tanstack/react-table';
import { useMemo } from 'react';
import { named, type NamedOutcome, type Outcome } from '../../components/actions/bulk';
import { Chip } from '../../components/Chip';
import { DataTable } from '../../components/DataTable';
import type { PhoneNumber } from './porting';
import styles from './porting.module.css';
import { usePortingTexts } from './usePortingTexts';

interface Props {
  readonly numbers: readonly PhoneNumber[];
  readonly outcomes: readonly Outcome[];
}

const tones = { refused: 'bad', unsure: 'warn', done: 'good' } as const;

/** What became of each number, those first that somebody must look at. */
export function BulkResults({ numbers, outcomes }: Props) {
  const t = usePortingTexts();
  const rows = useMemo(() => named(outcomes, new Map(numbers.map(number => [number.id, number.number]))), [numbers, outcomes]);
  const columns = useMemo((): readonly ColumnDef<NamedOutcome>[] => [
    { id: 'number', header: t('number'), size: 140, cell: ({ row }) => row.original.name },
    { id: 'state', header: t('result'), size: 120, cell: ({ row }) => <Chip tone={tones[row.original.state]}>{t(`outcome.${row.original.state}`)}</Chip> },
    { id: 'why', header: t('reason'), size: 320, cell: ({ row }) => <span title={row.original.problem?.detail}>{reasonOf(row.original)}</span> },
  ], [t]);
  if (rows.length === 0) return null;
  return <div className={styles.results}><DataTable label={t('results')} rows={rows} columns={columns} idOf={row => row.id} nameOf={row => row.name} rowHeight={36} /></div>;
}

function reasonOf({ problem }: Outcome): string {
  return problem?.errors?.[0]?.detail ?? problem?.detail ?? '';
}
