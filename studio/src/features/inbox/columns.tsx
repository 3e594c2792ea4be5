import type { ColumnDef } from '@tanstack/react-table';
import type { TypeDescription } from '../../api/types';
import { AppLink } from '../../components/AppLink';
import { Chip } from '../../components/Chip';
import { DueChip } from '../../components/DueChip';
import { valueOf } from '../../components/fields/fields';
import { FieldValue } from '../../components/fields/FieldValue';
import { dateTimeInFull, dayTime, useNow } from '../../components/time';
import { When } from '../../components/When';
import { useLanguage } from '../../text/text';
import { priorities } from './filters';
import styles from './InboxPage.module.css';
import type { Task } from './tasks';
import { useInboxTexts } from './useInboxTexts';
import { usePeople } from './usePeople';
import { WaitingChip } from './WaitingChip';

// Those that are shown unless others are chosen fit into a window of 1280 pixels together; a name that is longer is cut off, a time or a state is not.
const sizes: Readonly<Record<string, number>> = { risk: 152, title: 165, migrationId: 100, siteId: 90, type: 84, priority: 88, dueAt: 122, assigneeId: 76, createdAt: 86, completedAt: 86, followUpAt: 170 };

/** A column for each field that is chosen; the title leads to the task, and stays where there is little room, with what comes first. */
export function columnsOf(type: TypeDescription, chosen: readonly string[]): ColumnDef<Task>[] {
  const fields = chosen.flatMap(name => type.fields.find(field => field.name === name) ?? []);
  return fields.map((field, i) => ({
    id: field.name,
    header: field.label,
    size: sizes[field.name] ?? 120,
    meta: { ...(field.sortable && { sort: field.name }), wide: i > 0 && field.name !== 'title' },
    cell: ({ row: { original: task } }) => {
      switch (field.name) {
        case 'risk': return <Urgency task={task} />;
        case 'title': return <Title task={task} hasChip={!chosen.includes('followUpAt')} />;
        case 'type': return task.type.replaceAll(/[_-]/g, ' ');
        case 'priority': return <Priority of={task.priority} />;
        case 'assigneeId': return <Person id={task.assigneeId} />;
        case 'dueAt': return task.dueAt !== null && <Due at={task.dueAt} />;
        case 'createdAt': return <When at={task.createdAt} narrow />;
        case 'completedAt': return task.completedAt !== null && <When at={task.completedAt} narrow />;
        case 'followUpAt': return <WaitingChip task={task} />;
        default: return <FieldValue field={field} value={valueOf(task, field.name)} />;
      }
    },
  }));
}

function Title({ task, hasChip }: { readonly task: Task; readonly hasChip: boolean }) {
  return (
    <>
      {hasChip && <WaitingChip task={task} />}{' '}
      <AppLink to={`/inbox/${task.id}`} className={styles.title} underline="never">{task.title}</AppLink>
    </>
  );
}

function Urgency({ task }: { readonly task: Task }) {
  const t = useInboxTexts();
  return task.status === 'open' || task.status === 'claimed' ? <DueChip dueAt={task.dueAt} risk={task.risk} /> : <Chip tone="plain">{t(`status.${task.status}`)}</Chip>;
}

function Due({ at }: { readonly at: string }) {
  const language = useLanguage();
  return <time dateTime={at} title={dateTimeInFull(at, language)}>{dayTime(at, useNow(), language)}</time>;
}

function Priority({ of }: { readonly of: string }) {
  const t = useInboxTexts();
  const known = priorities.find(one => one === of);
  return <Chip tone={of === 'urgent' ? 'bad' : of === 'high' ? 'warn' : 'plain'}>{known ? t(`priority.${known}`) : of}</Chip>;
}

function Person({ id }: { readonly id: string | null }) {
  return usePeople().nameOf(id);
}
