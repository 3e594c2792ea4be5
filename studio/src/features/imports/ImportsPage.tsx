import { Button } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { useMemo } from 'react';
import { api } from '../../api/client';
import { listPath, type Page as RecordPage } from '../../api/records';
import { AppLink } from '../../components/AppLink';
import { DataTable } from '../../components/DataTable';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { Page } from '../../components/Page';
import { useGo } from '../../components/useUrl';
import { When } from '../../components/When';
import { BatchStatus } from './BatchStatus';
import type { Batch } from './imports';
import { useImportsTexts } from './useImportsTexts';

/** Every file that was imported or tried, the newest first. */
export default function ImportsPage() {
  const t = useImportsTexts();
  const go = useGo();
  const query = { sort: '-createdAt', limit: '100' };
  const found = useInfiniteQuery({
    queryKey: ['records', 'import-batches', 'list', query],
    queryFn: ({ pageParam, signal }) => api<RecordPage<Batch>>(listPath('import-batches', { ...query, ...(pageParam && { after: pageParam }) }), { signal }),
    initialPageParam: '',
    getNextPageParam: page => page.next,
  });
  const rows = useMemo(() => found.data?.pages.flatMap(page => page.items) ?? [], [found.data]);
  const columns = useMemo<ColumnDef<Batch>[]>(() => [
    { id: 'file', header: t('file'), size: 240, cell: ({ row: { original: batch } }) => <AppLink size="sm" to={`/imports/${batch.id}`}>{batch.fileName}</AppLink> },
    { id: 'status', header: t('status'), size: 150, cell: ({ row: { original: batch } }) => <BatchStatus batch={batch} /> },
    { id: 'type', header: t('type'), size: 140, meta: { wide: true }, cell: ({ row: { original: batch } }) => batch.recordType },
    ...(['created', 'updated', 'skipped', 'failed'] as const).map((name): ColumnDef<Batch> => (
      { id: name, header: t(`count.${name}`), size: 100, meta: { wide: true, align: 'end' }, cell: ({ row: { original: batch } }) => batch[name] })),
    { id: 'at', header: t('at'), size: 130, meta: { wide: true }, cell: ({ row: { original: batch } }) => <When at={batch.createdAt} short /> },
  ], [t]);
  return (
    <Page fill title={t('title')} help="studio#importing" actions={<Button leftSection={<IconUpload size={16} aria-hidden />} onClick={() => go('/imports/new')}>{t('new')}</Button>}>
      {found.isError && <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />}
      {found.isPending && <LoadingState />}
      {found.isSuccess && rows.length === 0 && <EmptyState title={t('none')} />}
      {found.isSuccess && rows.length > 0 && (
        <DataTable label={t('title')} rows={rows} columns={columns} idOf={batch => batch.id} nameOf={batch => batch.fileName} onOpen={batch => go(`/imports/${batch.id}`)}
          hasMore={found.hasNextPage} onEnd={() => {
            if (!found.isFetching) void found.fetchNextPage();
          }} />
      )}
    </Page>
  );
}
