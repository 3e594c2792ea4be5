import { TagsInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client';
import { queryClient } from '../../api/query';
import { useToast } from '../../components/useToast';
import { useRecordsTexts } from './useRecordsTexts';

interface Props {
  readonly type: string;
  readonly id: string;
  readonly mayWrite: boolean;
}

/** A record's tags: put on and taken off one by one, each with its way back. */
export function TagsRow({ type, id, mayWrite }: Props) {
  const t = useRecordsTexts();
  const toast = useToast();
  const key = ['records', type, id, 'tags'];
  const path = `/api/${type}/${id}/tags`;
  const tags = useQuery({ queryKey: key, queryFn: ({ signal }) => api<{ readonly items: readonly string[] }>(path, { signal }) }).data?.items ?? [];
  const refresh = () => queryClient.invalidateQueries({ queryKey: key });
  const add = (tag: string) => api(path, { method: 'POST', body: { tag } }).then(refresh);
  const remove = (tag: string) => api(`${path}/${encodeURIComponent(tag)}`, { method: 'DELETE' }).then(refresh);
  const change = (next: readonly string[]) => {
    for (const tag of next.filter(one => !tags.includes(one)))
      add(tag).then(() => toast.done(t('tagAdded', { tag }), () => remove(tag)), (error: unknown) => toast.failed(error));
    for (const tag of tags.filter(one => !next.includes(one)))
      remove(tag).then(() => toast.done(t('tagRemoved', { tag }), () => add(tag)), (error: unknown) => toast.failed(error));
  };
  return <TagsInput label={t('tags')} placeholder={mayWrite ? t('tagHint') : ''} value={[...tags]} onChange={change} readOnly={!mayWrite} maxLength={64} />;
}
