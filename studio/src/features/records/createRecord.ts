import { api, apiAnswer } from '../../api/client';
import { queryClient } from '../../api/query';
import type { AnyRecord } from '../../api/records';
import type { TypeDescription } from '../../api/types';
import { nested } from '../../components/fields/fields';
import type { Fields } from '../../components/merge/threeWay';

interface Created {
  readonly record: AnyRecord;
  /** Takes it away again, unless somebody has changed it since; undefined for whoever may not delete. */
  readonly undo: (() => Promise<unknown>) | undefined;
}

export async function createRecord(type: TypeDescription, values: Fields): Promise<Created> {
  const { data: record, etag } = await apiAnswer<AnyRecord>(`/api/${type.name}`, { method: 'POST', body: nested(values) });
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['records', type.name, 'list'] });
  await refresh();
  const undo = type.granted['delete'] ? () => api(`/api/${type.name}/${record.id}`, { method: 'DELETE', ifMatch: etag }).then(refresh) : undefined;
  return { record, undo };
}
