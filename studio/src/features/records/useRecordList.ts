import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from '../../api/client';
import { listPath, type AnyRecord, type Page } from '../../api/records';

const NoRecords: readonly AnyRecord[] = [];

/** A list that grows while one scrolls. */
export function useRecordList(type: string, query: Readonly<Record<string, string>>, enabled: boolean) {
  const asked = { ...query, limit: '100' };
  const found = useInfiniteQuery({
    queryKey: ['records', type, 'list', asked],
    queryFn: ({ pageParam, signal }) => api<Page<AnyRecord>>(listPath(type, { ...asked, ...(pageParam && { after: pageParam }) }), { signal }),
    initialPageParam: '',
    getNextPageParam: page => page.next,
    placeholderData: (before, of) => of?.queryKey[1] === type ? keepPreviousData(before) : undefined,
    enabled,
  });
  const rows = useMemo(() => found.data?.pages.flatMap(page => page.items) ?? NoRecords, [found.data]);
  return { found, rows };
}
