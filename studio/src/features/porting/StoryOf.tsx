import { Button, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { api } from '../../api/client';
import type { Page } from '../../api/records';
import { AppLink } from '../../components/AppLink';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { useComponentTexts } from '../../components/useComponentTexts';
import { When } from '../../components/When';
import styles from './porting.module.css';
import { Card } from '../../components/Card';
import { useNames, usePortingTexts } from './usePortingTexts';

interface HistoryEntry {
  readonly id: string;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly changes: readonly { readonly field: string; readonly oldValue: unknown; readonly newValue: unknown }[];
  readonly cause: { readonly instanceId?: string; readonly decisionId?: string; readonly artefact?: string };
}

/** What happened to a record, newest first, and by whom or by what. */
export function StoryOf({ type, id }: { readonly type: string; readonly id: string }) {
  const t = usePortingTexts();
  const story = useInfiniteQuery({
    queryKey: ['records', type, id, 'history'],
    queryFn: ({ pageParam, signal }) => api<Page<HistoryEntry>>(`/api/${type}/${id}/history?limit=20${pageParam && `&after=${pageParam}`}`, { signal }),
    initialPageParam: '',
    getNextPageParam: page => page.next,
  });
  return (
    <Card title={t('story')}>
      {story.isError && <ErrorNotice error={story.error} onRetry={() => void story.refetch()} />}
      {story.isPending && <LoadingState lines={4} />}
      <ol className={styles.list}>
        {(story.data?.pages ?? []).flatMap(page => page.items).map(entry => <Entry key={entry.id} entry={entry} />)}
      </ol>
      {story.hasNextPage && <Button mt="sm" size="xs" variant="default" loading={story.isFetchingNextPage} onClick={() => void story.fetchNextPage()}>{t('older')}</Button>}
    </Card>
  );
}

function Entry({ entry }: { readonly entry: HistoryEntry }) {
  const t = usePortingTexts();
  const names = useNames();
  const { instanceId } = entry.cause;
  return (
    <li>
      <Text size="sm" fw={500}>{names.action(entry.action, entry.action.replaceAll('_', ' '))}</Text>
      {entry.changes.filter(change => change.field !== 'instanceId').map(change => <Change key={change.field} {...change} />)}
      <Text size="xs" c="dimmed">
        <When at={entry.at} /> · {entry.actor}
        {instanceId !== undefined && <> · <AppLink size="xs" underline="always" to={`/processes/instances/${instanceId}`} aria-label={t('whyOf', { what: names.action(entry.action, entry.action) })}>{t('why')}</AppLink></>}
      </Text>
    </li>
  );
}

function Change({ field, oldValue, newValue }: HistoryEntry['changes'][number]) {
  const common = useComponentTexts();
  const names = useNames();
  const shown = (value: unknown) => value === null || value === undefined || value === '' ? common('nothing')
    : field === 'status' && typeof value === 'string' ? names.status(value)
    : typeof value === 'string' ? value : JSON.stringify(value);
  return <Text size="xs">{names.field(field)}: {shown(oldValue)} → {shown(newValue)}</Text>;
}
