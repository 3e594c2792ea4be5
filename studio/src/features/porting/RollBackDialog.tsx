import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { useMemo } from 'react';
import { Dialog } from '../../components/Dialog';
import { queryClient } from '../../api/query';
import { DataTable } from '../../components/DataTable';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { useComponentTexts } from '../../components/useComponentTexts';
import { assignmentsQuery, type Assignment } from './cutover';
import type { PhoneNumber } from './porting';
import styles from './porting.module.css';
import { Script } from './Script';
import { writeScript } from './scripts';
import { usePortingTexts } from './usePortingTexts';

interface Props {
  readonly migrationId: string;
  /** All of the migration: the script takes back what the assignment script did, not one day of it. */
  readonly numbers: readonly PhoneNumber[];
  readonly onClose: () => void;
}

/** Says number by number what rolling back does, and then writes the script that does it. */
export function RollBackDialog({ migrationId, numbers, onClose }: Props) {
  const t = usePortingTexts();
  const common = useComponentTexts();
  const assignments = useQuery(assignmentsQuery(migrationId, numbers));
  const write = useMutation({
    mutationFn: () => writeScript(migrationId, 'teams-roll-back-numbers'),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: ['records', 'generated-scripts', 'list'] }),
  });
  const columns = useMemo((): readonly ColumnDef<Assignment>[] => [
    { id: 'number', header: t('number'), cell: ({ row }) => row.original.number },
    { id: 'account', header: t('isTakenFrom'), size: 260, cell: ({ row }) => row.original.account },
  ], [t]);
  const count = assignments.data?.length ?? 0;
  return (
    <Dialog onClose={onClose} size="lg" title={t('rollBack')}>
      <Stack>
        {assignments.isPending && <LoadingState lines={4} />}
        {assignments.isError && <ErrorNotice error={assignments.error} onRetry={() => void assignments.refetch()} />}
        {assignments.data && <Text size="sm">{t('rollBackDoes', { count })}</Text>}
        {count > 0 && !write.data && (
          <div className={styles.results}>
            <DataTable label={t('rollBackList')} rows={assignments.data ?? []} columns={columns} idOf={row => row.id} nameOf={row => row.number} rowHeight={36} />
          </div>
        )}
        {assignments.data && <Text size="sm" c="dimmed">{t('rollBackKeeps')}</Text>}
        {write.isError && <ErrorNotice error={write.error} title={common('failed')} />}
        {write.data && <Script script={write.data} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{common('close')}</Button>
          {!write.data && <Button color="red" disabled={count === 0} loading={write.isPending} onClick={() => write.mutate()}>{t('writeRollBack')}</Button>}
        </Group>
      </Stack>
    </Dialog>
  );
}
