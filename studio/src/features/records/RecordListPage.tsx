import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { useMemo } from 'react';
import { api } from '../../api/client';
import { nameOf } from '../../api/recordName';
import { listPath, type AnyRecord, type Page as RecordPage } from '../../api/records';
import { typeQuery, type FieldDescription } from '../../api/types';
import { DataTable } from '../../components/DataTable';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { Page } from '../../components/Page';
import { useAddress, useGo, useUrlState } from '../../components/useUrl';
import { FieldValue } from './FieldValue';
import { useRecordsTexts } from './useRecordsTexts';

/** The records of a type, with the columns that its description names. */
export default function RecordListPage() {
  const t = useRecordsTexts();
  const go = useGo();
  const { type = '' } = useAddress();
  const [url, setUrl] = useUrlState();
  const described = useQuery(typeQuery(type));
  const query = { ...(url['q'] && { q: url['q'] }), sort: url['sort'] ?? '-createdAt', limit: '100' };
  const records = useInfiniteQuery({
    queryKey: ['records', type, 'list', query],
    queryFn: ({ pageParam, signal }) => api<RecordPage<AnyRecord>>(listPath(type, { ...query, ...(pageParam && { after: pageParam }) }), { signal }),
    initialPageParam: '',
    getNextPageParam: page => page.next,
  });
  const rows = useMemo(() => records.data?.pages.flatMap(page => page.items) ?? [], [records.data]);
  const columns = useMemo(() => (described.data ? columnsOf(described.data.fields) : []), [described.data]);
  const error = described.error ?? records.error;
  return (
    <Page fill title={described.data?.label ?? type} help="studio#records"
      actions={described.data?.searchable && (
        <TextInput type="search" aria-label={t('search')} placeholder={t('search')} leftSection={<IconSearch size={16} aria-hidden />}
          value={url['q'] ?? ''} onChange={event => setUrl({ q: event.currentTarget.value })} />
      )}>
      {error !== null && <ErrorNotice error={error} onRetry={() => void records.refetch()} />}
      {error === null && (!described.data || records.isPending) && <LoadingState />}
      {described.data && records.isSuccess && (rows.length === 0
        ? <EmptyState title={url['q'] ? t('noneFound') : t('none')} />
        : (
          <DataTable label={described.data.label} rows={rows} columns={columns} idOf={row => row.id} nameOf={row => nameOf(described.data, row)}
            onOpen={row => go(`/records/${type}/${row.id}`)} sort={query.sort} onSort={sort => setUrl({ sort })}
            hasMore={records.hasNextPage} onEnd={() => {
              if (!records.isFetching) void records.fetchNextPage();
            }} />
        ))}
    </Page>
  );
}

function columnsOf(fields: readonly FieldDescription[]): ColumnDef<AnyRecord>[] {
  return fields
    .filter(field => field.type !== 'json' && !['id', 'version', 'createdAt'].includes(field.name))
    .slice(0, 8)
    .map((field, i) => ({
      id: field.name,
      header: field.label,
      cell: ({ row }) => <FieldValue field={field} value={row.original[field.name]} />,
      meta: { ...(field.sortable && { sort: field.name }), wide: i > 1 },
    }));
}
