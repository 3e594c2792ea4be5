import { Stack, Table, Text, Timeline, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client';
import { useMay, useMe } from '../../api/me';
import { nameOf } from '../../api/recordName';
import { recordQuery } from '../../api/records';
import { typeQuery } from '../../api/types';
import { AppLink } from '../../components/AppLink';
import { dateTime } from '../../components/time';
import { When } from '../../components/When';
import { useLanguage } from '../../text/text';
import type { Task } from './tasks';
import styles from './TaskPage.module.css';
import { useInboxTexts } from './useInboxTexts';
import { usePeople } from './usePeople';

/** Beside the form: what the task is about, why it came to whom it came, what has happened. */
export function TaskContext({ task }: { readonly task: Task }) {
  return (
    <Stack gap="lg">
      {task.subject && <Subject type={task.subject.type} id={task.subject.id} />}
      <Why task={task} />
      {task.subject && <Happened type={task.subject.type} id={task.subject.id} />}
    </Stack>
  );
}

function Subject({ type, id }: { readonly type: string; readonly id: string }) {
  const t = useInboxTexts();
  const isAllowed = useMay()(`${type}:read`);
  const described = useQuery({ ...typeQuery(type), enabled: isAllowed });
  const record = useQuery({ ...recordQuery(type, id), enabled: isAllowed });
  if (!described.data || !record.data) return null;
  const values = record.data.data;
  const shown = described.data.fields.filter(field => {
    const value = values[field.name];
    return !field.readOnly && !field.custom && ['text', 'choice', 'date', 'instant'].includes(field.type) && typeof value === 'string' && value !== '';
  });
  return (
    <section className={styles.card} aria-label={t('context')}>
      <Title order={2} size="h3">{t('context')}</Title>
      <AppLink to={`/records/${type}/${id}`} fw={500}>{nameOf(described.data, values)}</AppLink>
      <Text size="sm" c="dimmed">{described.data.label}{typeof values['status'] === 'string' ? ` · ${values['status'].replaceAll('_', ' ')}` : ''}</Text>
      <Table mt="xs" withRowBorders={false} verticalSpacing={3}>
        <Table.Tbody>
          {shown.slice(0, 8).map(field => (
            <Table.Tr key={field.name}>
              <Table.Th scope="row" fw={400} c="dimmed" w="45%">{field.label}</Table.Th>
              <Table.Td className={styles.value}>{(values[field.name] as string).replaceAll('_', ' ')}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

interface Decision {
  readonly artefact: { readonly key: string; readonly version: number };
  readonly output: unknown;
  readonly matched: readonly unknown[];
}

function Why({ task }: { readonly task: Task }) {
  const t = useInboxTexts();
  const language = useLanguage();
  const may = useMay();
  const people = usePeople();
  const me = useMe();
  const decision = useQuery({
    queryKey: ['decisions', task.decisionId],
    queryFn: ({ signal }) => api<Decision>(`/api/decisions/${task.decisionId ?? ''}`, { signal }),
    enabled: task.decisionId !== null && may('decisions:read'),
    staleTime: Infinity,
  });
  return (
    <section className={styles.card} aria-label={t('why')}>
      <Title order={2} size="h3">{t('why')}</Title>
      <Text size="sm">{task.candidateRoles.length > 0 ? t('why.roles', { roles: task.candidateRoles.join(', ') }) : t('why.everybody')}</Text>
      {task.assigneeId !== null && <Text size="sm">{task.assigneeId === me?.user.id ? t('why.assignedYou') : t('why.assigned', { name: people.nameOf(task.assigneeId) })}</Text>}
      {task.delegatedUntil !== null && <Text size="sm">{t('why.delegated', { time: dateTime(task.delegatedUntil, language) })}</Text>}
      {decision.data && (
        <>
          <Text size="sm">{t('why.decision', { key: decision.data.artefact.key, version: decision.data.artefact.version })}</Text>
          <Shown value={decision.data.output} />
          <Text size="sm" c="dimmed">{t('why.matched', { rows: decision.data.matched.map(wordFor).join('; ') })}</Text>
        </>
      )}
      {task.instanceId !== null && may('artefacts:read') && <AppLink size="sm" to={`/processes/instances/${task.instanceId}`}>{t('why.instance')}</AppLink>}
    </section>
  );
}

/** What a decision gave: its values by name. */
function Shown({ value }: { readonly value: unknown }) {
  const entries = value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : [['', value] as const];
  return (
    <Table withRowBorders={false} verticalSpacing={2}>
      <Table.Tbody>
        {entries.map(([name, one]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" fw={400} c="dimmed" w="45%">{name || '='}</Table.Th>
            <Table.Td className={styles.value}>{wordFor(one)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function wordFor(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value !== null && typeof value === 'object') {
    const named = value as Readonly<Record<string, unknown>>;
    for (const name of ['rule', 'row', 'name', 'label', 'annotation']) {
      if (typeof named[name] === 'string' || typeof named[name] === 'number') return `${name} ${named[name]}`;
    }
  }
  return JSON.stringify(value);
}

interface Entry {
  readonly id: string;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly changes: readonly { readonly field: string; readonly oldValue: unknown; readonly newValue: unknown }[];
  readonly cause: { readonly instanceId?: string };
}

function Happened({ type, id }: { readonly type: string; readonly id: string }) {
  const t = useInboxTexts();
  const may = useMay();
  const history = useQuery({
    queryKey: ['records', type, id, 'history'],
    queryFn: ({ signal }) => api<{ readonly items: readonly Entry[] }>(`/api/${type}/${id}/history?limit=20`, { signal }),
    enabled: may(`${type}:read`),
  });
  if (!history.data) return null;
  return (
    <section className={styles.card} aria-label={t('timeline')}>
      <Title order={2} size="h3" mb="sm">{t('timeline')}</Title>
      {history.data.items.length === 0 && <Text size="sm" c="dimmed">{t('timeline.none')}</Text>}
      <Timeline bulletSize={12} lineWidth={2} active={history.data.items.length}>
        {history.data.items.map(entry => (
          <Timeline.Item key={entry.id} title={<Text size="sm" fw={500} span>{entry.action.replaceAll('_', ' ')}</Text>}>
            <Text size="sm" className={styles.value}>{entry.changes.slice(0, 4).map(change => `${change.field}: ${wordFor(change.newValue)}`).join(', ')}</Text>
            <Text size="xs" c="dimmed">
              {entry.actor} · <When at={entry.at} />
              {entry.cause.instanceId !== undefined && may('artefacts:read') && <> · <AppLink size="xs" underline="always" to={`/processes/instances/${entry.cause.instanceId}`}>{t('why.instance')}</AppLink></>}
            </Text>
          </Timeline.Item>
        ))}
      </Timeline>
    </section>
  );
}
