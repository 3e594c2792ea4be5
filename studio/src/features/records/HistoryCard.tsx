import { Button, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { api } from '../../api/client';
import type { Page } from '../../api/records';
import type { FieldDescription } from '../../api/types';
import { AppLink } from '../../components/AppLink';
import { ErrorNotice } from '../../components/ErrorNotice';
import { inWords } from '../../components/fields/fields';
import { FieldValue } from '../../components/fields/FieldValue';
import { LoadingState } from '../../components/LoadingState';
import { useComponentTexts } from '../../components/useComponentTexts';
import { When } from '../../components/When';
import { Card } from '../../components/Card';
import styles from './records.module.css';
import { useRecordsTexts } from './useRecordsTexts';

interface Change {
  readonly field: string;
  readonly oldValue: unknown;
  readonly newValue: unknown;
}

interface Entry {
  readonly id: string;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly changes: readonly Change[];
  readonly cause: { readonly instanceId?: string; readonly decisionId?: string; readonly artefact?: string; readonly batchId?: string };
}

interface Props {
  readonly type: string;
  readonly id: string;
  readonly fields: readonly FieldDescription[];
  readonly mayOpenInstance: boolean;
}

/** What happened to a record, newest first: by whom, and what caused it. */
export function HistoryCard({ type, id, fields, mayOpenInstance }: Props) {
  const t = useRecordsTexts();
  const history = useInfiniteQuery({
    queryKey: ['records', type, id, 'history'],
    queryFn: ({ pageParam, signal }) => api<Page<Entry>>(`/api/${type}/${id}/history?limit=25${pageParam && `&after=${pageParam}`}`, { signal }),
    initialPageParam: '',
    getNextPageParam: page => page.next,
  });
  return (
    <Card title={t('history')}>
      {history.isError && <ErrorNotice error={history.error} onRetry={() => void history.refetch()} />}
      {history.isPending && <LoadingState lines={4} />}
      <ol className={styles.entries}>
        {(history.data?.pages ?? []).flatMap(page => page.items).map(entry => (
          <li key={entry.id}>
            <Text size="sm" fw={600}>{inWords(entry.action).replace(/^./, letter => letter.toUpperCase())}</Text>
            {entry.changes.map(change => <Changed key={change.field} change={change} field={fields.find(field => field.name === change.field)} />)}
            <Text size="xs" c="dimmed">
              <When at={entry.at} /> · {entry.actor}
              {entry.cause.artefact !== undefined && ` · ${entry.cause.artefact}`}
              {entry.cause.instanceId !== undefined && mayOpenInstance && <> · <AppLink size="xs" underline="always" to={`/processes/instances/${entry.cause.instanceId}`}>{t('causeInstance')}</AppLink></>}
              {entry.cause.batchId !== undefined && entry.action === 'import' && <> · <AppLink size="xs" underline="always" to={`/imports/${entry.cause.batchId}`}>{t('causeImport')}</AppLink></>}
            </Text>
          </li>
        ))}
      </ol>
      {history.hasNextPage && <Button mt="sm" size="xs" variant="default" loading={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>{t('older')}</Button>}
    </Card>
  );
}

function Changed({ change, field }: { readonly change: Change; readonly field: FieldDescription | undefined }) {
  return (
    <Text size="xs" component="div">
      {field?.label ?? change.field}: <Shown field={field} value={change.oldValue} /> → <Shown field={field} value={change.newValue} />
    </Text>
  );
}

function Shown({ field, value }: { readonly field: FieldDescription | undefined; readonly value: unknown }) {
  const t = useComponentTexts();
  if (value === null || value === undefined || value === '') return t('nothing');
  return field ? <FieldValue field={field} value={value} /> : typeof value === 'string' ? value : JSON.stringify(value);
}
