import { Button, Group, Select, Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { api } from '../../api/client';
import { useMay } from '../../api/me';
import { queryClient } from '../../api/query';
import { ErrorNotice } from '../../components/ErrorNotice';
import { useToast } from '../../components/useToast';
import { When } from '../../components/When';
import type { PhoneNumber } from './porting';
import styles from './porting.module.css';
import { Card } from '../../components/Card';
import { usePortingTexts } from './usePortingTexts';

interface Comment {
  readonly id: string;
  readonly body: string;
  readonly author: string;
  readonly createdAt: string;
}

interface Props {
  readonly migrationId: string;
  readonly numbers: readonly PhoneNumber[];
}

/** What was tried on the day, such as a test call: the internal comments of the migration, newest first. */
export function DayLog({ migrationId, numbers }: Props) {
  const t = usePortingTexts();
  const may = useMay();
  const toast = useToast();
  const [number, setNumber] = useState<string | null>(null);
  const [outcome, setOutcome] = useState<'works' | 'fails'>('works');
  const [note, setNote] = useState('');
  const path = `/api/migrations/${migrationId}/comments`;
  const key = ['records', 'migrations', migrationId, 'comments'];
  const log = useQuery({ queryKey: key, queryFn: ({ signal }) => api<{ readonly items: readonly Comment[] }>(`${path}?limit=500`, { signal }) });
  const add = useMutation({
    mutationFn: (body: string) => api(path, { method: 'POST', body: { body, isInternal: true } }),
    onSuccess: () => {
      setNote('');
      void queryClient.invalidateQueries({ queryKey: key });
    },
    onError: error => toast.failed(error),
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const call = number === null ? '' : t('testCall', { number, outcome: t(`call.${outcome}`) });
    const body = [call, note.trim()].filter(Boolean).join(' ');
    if (body) add.mutate(body);
  };
  return (
    <Card title={t('dayLog')}>
      {may('migrations:update') && (
        <form onSubmit={submit}>
          <Stack gap="xs" mb="sm">
            <Group gap="xs" grow>
              <Select size="xs" label={t('testCallOf')} data={numbers.map(one => one.number)} value={number} onChange={setNumber} clearable searchable />
              <Select size="xs" label={t('result')} data={[{ value: 'works', label: t('call.works') }, { value: 'fails', label: t('call.fails') }]} value={outcome} allowDeselect={false}
                onChange={chosen => setOutcome(chosen === 'fails' ? 'fails' : 'works')} />
            </Group>
            <Textarea size="xs" label={t('note')} autosize minRows={1} value={note} onChange={event => setNote(event.currentTarget.value)} />
            <Button type="submit" size="xs" w="fit-content" loading={add.isPending} disabled={number === null && note.trim() === ''}>{t('logIt')}</Button>
          </Stack>
        </form>
      )}
      {log.isError && <ErrorNotice error={log.error} onRetry={() => void log.refetch()} />}
      {log.data?.items.length === 0 && <Text size="sm" c="dimmed">{t('logEmpty')}</Text>}
      <ol className={styles.list}>
        {[...log.data?.items ?? []].reverse().map(entry => (
          <li key={entry.id}>
            <Text size="sm">{entry.body}</Text>
            <Text size="xs" c="dimmed"><When at={entry.createdAt} /> · {entry.author}</Text>
          </li>
        ))}
      </ol>
    </Card>
  );
}
