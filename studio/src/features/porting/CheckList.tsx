import { Button, Group, Progress, Text } from '@mantine/core';
import type { ColumnDef } from '@tanstack/react-table';
import { useMemo, useState } from 'react';
import type { Lifecycle } from '../../components/actions/actions';
import { DataTable } from '../../components/DataTable';
import { BulkBar } from './BulkBar';
import { numberMoved } from './numbers';
import type { PhoneNumber } from './porting';
import styles from './porting.module.css';
import { isOver } from './states';
import { StatusChip } from './StatusChip';
import { useMove } from './useMove';
import { useNames, usePortingTexts } from './usePortingTexts';

interface Props {
  readonly numbers: readonly PhoneNumber[];
  readonly lifecycle: Lifecycle;
}

/** The numbers of a day, what is next with each, and how many are done. */
export function CheckList({ numbers, lifecycle }: Props) {
  const t = usePortingTexts();
  const names = useNames();
  const { drop, dialog } = useMove('phone-numbers', lifecycle, numberMoved);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const chosen = useMemo(() => numbers.filter(number => selected.has(number.id)), [numbers, selected]);
  const done = numbers.filter(number => isOver(number.status)).length;
  const columns = useMemo((): readonly ColumnDef<PhoneNumber>[] => [
    { id: 'number', header: t('number'), size: 130, cell: ({ row }) => row.original.number },
    { id: 'status', header: t('status'), size: 150, cell: ({ row }) => <StatusChip status={row.original.status} /> },
    {
      id: 'next', header: t('nextStep'), size: 260, meta: { wide: true },
      cell: ({ row: { original: number } }) => (
        <Group gap={6} wrap="nowrap">
          {lifecycle.actions.filter(step => step.from === number.status).map(step => (
            <Button key={step.name} size="compact-sm" variant="default" aria-label={t('stepFor', { action: names.action(step.name, step.label), number: number.number })}
              onClick={() => void drop({ id: number.id, name: number.number, status: number.status }, step.to)}>{names.action(step.name, step.label)}</Button>
          ))}
        </Group>
      ),
    },
  ], [t, names, lifecycle, drop]);
  return (
    <>
      <Progress value={100 * done / numbers.length} size="lg" mb={6} aria-label={t('doneOf', { done, all: numbers.length })} />
      <Text size="sm" mb="xs" role="status">{t('doneOf', { done, all: numbers.length })}</Text>
      <BulkBar numbers={chosen} onClear={() => setSelected(new Set())} />
      <div className={styles.checkList}>
        <DataTable label={t('checkList')} rows={numbers} columns={columns} idOf={number => number.id} nameOf={number => number.number} selected={selected} onSelect={setSelected} />
      </div>
      {dialog}
    </>
  );
}
