import { queryOptions } from '@tanstack/react-query';
import { chunksOf } from './chunks';
import { api } from './client';
import { queryClient } from './query';
import { nameOf } from './recordName';
import { listPath, type AnyRecord, type Page } from './records';
import { typeQuery } from './types';

const AtOnce = 200;

interface Wanted {
  readonly id: string;
  readonly resolve: (name: string) => void;
  readonly reject: (error: unknown) => void;
}

const waiting = new Map<string, Wanted[]>();

/** What people call a record that another refers to. Those that are asked for in one moment are read together. */
export const recordNameQuery = (type: string, id: string) => queryOptions({
  queryKey: ['records', type, id, 'name'],
  queryFn: () => new Promise<string>((resolve, reject) => {
    const wanted = waiting.get(type);
    if (wanted) {
      wanted.push({ id, resolve, reject });
      return;
    }
    waiting.set(type, [{ id, resolve, reject }]);
    setTimeout(() => {
      const all = waiting.get(type) ?? [];
      waiting.delete(type);
      for (const some of chunksOf(all, AtOnce)) void read(type, some);
    }, 10);
  }),
});

async function read(type: string, wanted: readonly Wanted[]): Promise<void> {
  try {
    const described = await queryClient.query({ ...typeQuery(type), staleTime: 'static' });
    const ids = [...new Set(wanted.map(one => one.id))];
    const page = await api<Page<AnyRecord>>(listPath(type, { 'id[in]': ids.join(','), limit: String(ids.length) }));
    const names = new Map(page.items.map(record => [record.id, nameOf(described, record)]));
    for (const one of wanted) one.resolve(names.get(one.id) ?? one.id.slice(0, 8));
  } catch (e) {
    for (const one of wanted) one.reject(e);
  }
}
