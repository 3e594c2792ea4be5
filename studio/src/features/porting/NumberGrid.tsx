import type { ColumnDef } from '@tanstack/react-table';
import { useMemo, useState } from 'react';
import { DataTable } from '../../components/DataTable';
import { EmptyState } from '../../components/EmptyState';
import { date } from '../../components/time';
import { useLanguage } from '../../text/text';
import { BulkBar } from './BulkBar';
import { isUnassigned } from './filters';
import type { PhoneNumber } from './porting';
import styles from './porting.module.css';
import { StatusChip } from './StatusChip';
import { inWords, usePortingTexts } from './usePortingTexts';

interface Props {
  /** Those that the filters let through. */
  readonly rows: readonly PhoneNumber[];
  /** By id; of one migration there is nothing to tell. */
  readonly migrations: ReadonlyMap<string, string> | null;
  readonly sort: string;
  readonly onSort: (sort: string) => void;
  readonly onOpen: (number: PhoneNumber) => void;
}

/** Numbers as a grid: ranges are selected by mouse, with Shift and by keys, and done with what all or some of them offer. */
export function NumberGrid({ rows, migrations, sort, onSort, onOpen }: Props) {
  const t = usePortingTexts();
  const columns = useColumns(migrations);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  // What a filter hides is not acted upon.
  const chosen = useMemo(() => selected.size === 0 ? [] : rows.filter(row => selected.has(row.id)), [rows, selected]);
  return (
    <>
      <BulkBar numbers={chosen} onClear={() => setSelected(new Set())} />
      <div className={styles.table}>
        {rows.length === 0 ? <EmptyState title={t('noneFits')} /> : <DataTable label={t('numbers')} rows={rows} columns={columns} idOf={idOf} nameOf={nameOf} onOpen={onOpen} selected={selected} onSelect={setSelected} sort={sort} onSort={onSort} rowHeight={40} />}
      </div>
    </>
  );
}

const idOf = (number: PhoneNumber) => number.id;
const nameOf = (number: PhoneNumber) => number.number;

function useColumns(migrations: ReadonlyMap<string, string> | null): readonly ColumnDef<PhoneNumber>[] {
  const t = usePortingTexts();
  const language = useLanguage();
  return useMemo((): readonly ColumnDef<PhoneNumber>[] => {
    const day = (at: string | null) => at === null ? null : date(`${at}T12:00`, language);
    return [
      { id: 'number', header: t('number'), size: 150, cell: ({ row }) => row.original.number, meta: { sort: 'number' } },
      { id: 'status', header: t('status'), size: 160, cell: ({ row }) => <StatusChip status={row.original.status} />, meta: { sort: 'status' } },
      { id: 'carrier', header: t('carrier'), size: 130, cell: ({ row }) => row.original.currentCarrier, meta: { wide: true, sort: 'currentCarrier' } },
      { id: 'type', header: t('type'), size: 100, cell: ({ row }) => inWords(row.original.type), meta: { wide: true, sort: 'type' } },
      { id: 'assigned', header: t('assigned'), size: 110, cell: ({ row }) => isUnassigned(row.original) ? t('unassigned') : row.original.endUserId !== null ? t('toUser') : row.original.resourceAccountId !== null ? t('toAccount') : null, meta: { wide: true } },
      ...(migrations ? [{ id: 'migration', header: t('migration'), size: 180, cell: ({ row }) => migrations.get(row.original.migrationId), meta: { wide: true } } satisfies ColumnDef<PhoneNumber>] : []),
      { id: 'foc', header: t('field.focDate'), size: 115, cell: ({ row }) => day(row.original.focDate), meta: { wide: true, sort: 'focDate' } },
      { id: 'port', header: t('field.portDate'), size: 115, cell: ({ row }) => day(row.original.portDate), meta: { wide: true, sort: 'portDate' } },
      { id: 'reason', header: t('field.rejectionCode'), size: 130, cell: ({ row }) => row.original.rejectionCode && inWords(row.original.rejectionCode), meta: { wide: true } },
    ];
  }, [t, language, migrations]);
}
