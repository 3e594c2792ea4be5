import type { ColumnDef } from '@tanstack/react-table';
import { useMemo } from 'react';
import type { Outcome } from '../../components/actions/bulk';
import { Chip } from '../../components/Chip';
import { DataTable } from '../../components/DataTable';
import type { PhoneNumber } from './porting';
import styles from './porting.module.css';
import { usePortingTexts } from './usePortingTexts';

interface Row extends Outcome {
  readonly number: string;
}

interface Props {
  readonly numbers: readonly PhoneNumber[];
  readonly outcomes: readonly Outcome[];
}

const order = { refused: 0, unsure: 1, done: 2 } as const;
const tones = { refused: 'bad', unsure: 'warn', done: 'good' } as const;

/** What became of each number, those first that somebody must look at. */
export function BulkResults({ numbers, outcomes }: Props) {
  const t = usePortingTexts();
  const rows = useMemo((): readonly Row[] => {
    const names = new Map(numbers.map(number => [number.id, number.number]));
    return outcomes.map(outcome => ({ ...outcome, number: names.get(outcome.id) ?? outcome.id })).sort((a, b) => order[a.state] - order[b.state]);
  }, [numbers, outcomes]);
  const columns = useMemo((): readonly ColumnDef<Row>[] => [
    { id: 'number', header: t('number'), size: 140, cell: ({ row }) => row.original.number },
    { id: 'state', header: t('result'), size: 120, cell: ({ row }) => <Chip tone={tones[row.original.state]}>{t(`outcome.${row.original.state}`)}</Chip> },
    { id: 'why', header: t('reason'), size: 320, cell: ({ row }) => <span title={row.original.problem?.detail}>{reasonOf(row.original)}</span> },
  ], [t]);
  if (rows.length === 0) return null;
  return <div className={styles.results}><DataTable label={t('results')} rows={rows} columns={columns} idOf={row => row.id} nameOf={row => row.number} rowHeight={36} /></div>;
}

function reasonOf({ problem }: Outcome): string {
  return problem?.errors?.[0]?.detail ?? problem?.detail ?? '';
}
