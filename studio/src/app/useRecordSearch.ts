import { useQueries, useQuery } from '@tanstack/react-query';
import { nameOf } from '../api/recordName';
import { recordPageQuery } from '../api/records';
import { typesQuery } from '../api/types';

interface Found {
  readonly groups: readonly {
    readonly type: string;
    readonly label: string;
    readonly items: readonly { readonly name: string; readonly hint: string; readonly to: string }[];
  }[];
  readonly isBusy: boolean;
}

/** Looks through every type that can be searched and that the person may read; from two letters on. */
export function useRecordSearch(text: string): Found {
  const isOn = text.length >= 2;
  const types = useQuery({ ...typesQuery, enabled: isOn });
  const searchable = (types.data?.items ?? []).filter(type => type.searchable && type.name !== 'notifications');
  return useQueries({
    queries: searchable.map(type => ({ ...recordPageQuery(type.name, { q: text, limit: '5' }), enabled: isOn, staleTime: 10_000 })),
    combine: answers => ({
      isBusy: types.isFetching || answers.some(answer => answer.isFetching),
      groups: isOn
        ? searchable.flatMap((type, i) => {
          const items = answers[i]?.data?.items ?? [];
          return items.length === 0 ? [] : [{
            type: type.name,
            label: type.label,
            items: items.map(record => ({ name: nameOf(type, record), hint: type.label, to: type.name === 'tasks' ? `/inbox/${record.id}` : `/records/${type.name}/${record.id}` })),
          }];
        })
        : [],
    }),
  });
}
