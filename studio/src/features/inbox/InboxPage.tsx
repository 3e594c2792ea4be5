import { Button, Group, NativeSelect, Tabs, Text, TextInput } from '@mantine/core';
import { IconInbox, IconPlayerTrackNext, IconSearch } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { useEffect, useMemo, useState } from 'react';
import { api } from '../../api/client';
import { useMay, useMe } from '../../api/me';
import { countOf, listPath, type Page as RecordPage } from '../../api/records';
import { AppLink } from '../../components/AppLink';
import { Chip } from '../../components/Chip';
import { DataTable } from '../../components/DataTable';
import { DueChip } from '../../components/DueChip';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNotice } from '../../components/ErrorNotice';
import { useKeys } from '../../components/keyboard';
import { LoadingState } from '../../components/LoadingState';
import { Page } from '../../components/Page';
import { useGo, useUrlState } from '../../components/useUrl';
import { SavedViews } from '../../components/views/SavedViews';
import { When } from '../../components/When';
import { BulkDialog } from './BulkDialog';
import { ages, dues, isFiltered, priorities, queryOf, tabOf, tabs } from './filters';
import { GiveDialog } from './GiveDialog';
import styles from './InboxPage.module.css';
import { inverse, isFor, type Change, type Task } from './tasks';
import { useInboxTexts } from './useInboxTexts';
import { useNextTask } from './useNextTask';
import { usePeople } from './usePeople';

const NoTasks: readonly Task[] = [];

/** The work that waits for somebody: theirs, what is free, what they handed on, what is done. */
export default function InboxPage() {
  const t = useInboxTexts();
  const go = useGo();
  const me = useMe();
  const may = useMay();
  const people = usePeople();
  const [url, setUrl] = useUrlState();
  const tab = tabOf(url);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [bulk, setBulk] = useState<{ readonly tasks: readonly Task[]; readonly change: Change } | null>(null);
  const [isAssigning, setAssigning] = useState(false);
  const { next, isBusy } = useNextTask(null);
  const [openedAt] = useState(() => Date.now()); // what "within a day" is counted from, so that the list keeps still

  const query = queryOf(url, me?.user.id ?? '', openedAt);
  const found = useInfiniteQuery({
    queryKey: ['records', 'tasks', 'list', query],
    queryFn: ({ pageParam, signal }) => api<RecordPage<Task>>(listPath('tasks', { ...query, ...(pageParam && { after: pageParam }) }), { signal }),
    initialPageParam: '',
    getNextPageParam: page => page.next,
    placeholderData: keepPreviousData,
    enabled: me !== undefined,
  });
  const roles = me?.roles;
  const seesAll = may('tasks:assign');
  const rows = useMemo(() => {
    const all = found.data?.pages.flatMap(page => page.items) ?? NoTasks;
    return tab === 'available' && !seesAll ? all.filter(task => isFor(task, roles ?? [])) : all;
  }, [found.data, tab, roles, seesAll]);
  useEffect(() => setSelected(new Set()), [tab]);

  const columns = useMemo<ColumnDef<Task>[]>(() => [
    { id: 'due', header: t('due'), size: 150, meta: { sort: 'dueAt' }, cell: ({ row: { original: task } }) => task.status === 'done' ? <Chip tone="plain">{t('status.done')}</Chip> : <DueChip dueAt={task.dueAt} risk={task.risk} /> },
    { id: 'title', header: t('column.title'), size: 360, cell: ({ row: { original: task } }) => <AppLink to={`/inbox/${task.id}`} className={styles.title} underline="never">{task.title}</AppLink> },
    { id: 'priority', header: t('priority'), size: 100, meta: { wide: true }, cell: ({ row: { original: task } }) => <Priority of={task.priority} /> },
    { id: 'type', header: t('column.type'), size: 150, meta: { wide: true }, cell: ({ row: { original: task } }) => task.type.replaceAll(/[_-]/g, ' ') },
    { id: 'assignee', header: t('column.assignee'), size: 130, meta: { wide: true }, cell: ({ row: { original: task } }) => people.nameOf(task.assigneeId) },
    tab === 'done'
      ? { id: 'completed', header: t('column.completed'), size: 130, meta: { wide: true, sort: 'completedAt' }, cell: ({ row: { original: task } }) => task.completedAt !== null && <When at={task.completedAt} short /> }
      : { id: 'age', header: t('column.age'), size: 130, meta: { wide: true, sort: 'createdAt' }, cell: ({ row: { original: task } }) => <When at={task.createdAt} short /> },
  ], [t, tab, people]);

  const chosen = rows.filter(task => selected.has(task.id));
  const run = (change: Change) => {
    if (chosen.length > 0) setBulk({ tasks: chosen, change });
  };
  const shownTabs = tabs.filter(one => (one !== 'all' && one !== 'attention') || seesAll);
  useKeys([
    { keys: 'n', label: t('next'), run: next },
    ...shownTabs.map((one, i) => ({ keys: String(i + 1), label: t(`tab.${one}`), run: () => setUrl({ tab: one }) })),
    ...(chosen.length > 0 ? [{ keys: 'c', label: t('claim'), run: () => run({ kind: 'claim' }) }, { keys: 'r', label: t('release'), run: () => run({ kind: 'release' }) }] : []),
  ]);

  return (
    <Page fill title={t('title')} help="studio#inbox"
      actions={may('tasks:work') && <Button leftSection={<IconPlayerTrackNext size={17} aria-hidden />} loading={isBusy} onClick={next}>{t('next')}</Button>}>
      <div className={styles.page}>
        <Tabs value={tab} onChange={value => setUrl({ tab: value === 'mine' ? null : value, sort: null }, 'push')} activateTabWithKeyboard={false}>
          <Tabs.List aria-label={t('tabs')} className={styles.tabs}>
            {shownTabs.map(one => <Tabs.Tab key={one} value={one} aria-controls="inbox-tasks">{t(`tab.${one}`)}</Tabs.Tab>)}
          </Tabs.List>
        </Tabs>
        <Group gap="xs" className={styles.filters}>
          <TextInput type="search" aria-label={t('search')} placeholder={t('search')} leftSection={<IconSearch size={16} aria-hidden />}
            value={url['q'] ?? ''} onChange={event => setUrl({ q: event.currentTarget.value })} />
          <NativeSelect aria-label={t('due')} value={url['due'] ?? ''} onChange={event => setUrl({ due: event.currentTarget.value })}
            data={[{ value: '', label: t('due.any') }, ...dues.map(value => ({ value, label: t(`due.${value}`) }))]} />
          <NativeSelect aria-label={t('created')} value={url['created'] ?? ''} onChange={event => setUrl({ created: event.currentTarget.value })}
            data={[{ value: '', label: t('created.any') }, ...ages.map(value => ({ value, label: t(`created.${value}`) }))]} />
          <NativeSelect aria-label={t('priority')} value={url['priority'] ?? ''} onChange={event => setUrl({ priority: event.currentTarget.value })}
            data={[{ value: '', label: t('priority.any') }, ...priorities.map(value => ({ value, label: t(`priority.${value}`) }))]} />
          {isFiltered(url) && <Button variant="subtle" onClick={() => setUrl({ q: null, due: null, created: null, priority: null, type: null, about: null })}>{t('clear')}</Button>}
        </Group>
        {me && <SavedViews list="inbox" count={state => countOf('tasks', queryOf(state, me.user.id, openedAt))} />}
        {chosen.length > 0 && (
          <Group gap="xs" role="group" aria-label={t('selected', { count: chosen.length })}>
            <Text size="sm" fw={500}>{t('selected', { count: chosen.length })}</Text>
            <Button size="compact-sm" variant="default" onClick={() => run({ kind: 'claim' })}>{t('claim')}</Button>
            <Button size="compact-sm" variant="default" onClick={() => run({ kind: 'release' })}>{t('release')}</Button>
            {seesAll && <Button size="compact-sm" variant="default" onClick={() => setAssigning(true)}>{t('assign')}</Button>}
          </Group>
        )}
        <div id="inbox-tasks" role="tabpanel" aria-label={t(`tab.${tab}`)} className={styles.list}>
          {found.isError && <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />}
          {found.isPending && <LoadingState />}
          {found.isSuccess && rows.length === 0 && (
            <EmptyState icon={<IconInbox size={36} aria-hidden />} title={isFiltered(url) ? t('none.filtered') : t(`none.${tab}`)}>
              {tab === 'mine' && !isFiltered(url) && t('none.mine.why')}
            </EmptyState>
          )}
          {found.isSuccess && rows.length > 0 && (
            <DataTable label={t(`tab.${tab}`)} rows={rows} columns={columns} idOf={task => task.id} nameOf={task => task.title} onOpen={task => go(`/inbox/${task.id}`)}
              {...(may('tasks:work') && tab !== 'done' && { selected, onSelect: setSelected })}
              sort={query['sort'] ?? ''} onSort={sort => setUrl({ sort })} hasMore={found.hasNextPage} onEnd={() => {
                if (!found.isFetching) void found.fetchNextPage();
              }} />
          )}
        </div>
      </div>
      {isAssigning && <GiveDialog kind="assign" onClose={() => setAssigning(false)} onGive={change => { setAssigning(false); run(change); }} />}
      {bulk && me && (
        <BulkDialog tasks={bulk.tasks} change={bulk.change} inverseOf={task => inverse(task, bulk.change, me, seesAll)} onClose={() => { setBulk(null); setSelected(new Set()); }} />
      )}
    </Page>
  );
}

function Priority({ of }: { readonly of: string }) {
  const t = useInboxTexts();
  const known = priorities.find(one => one === of);
  return <Chip tone={of === 'urgent' ? 'bad' : of === 'high' ? 'warn' : 'plain'}>{known ? t(`priority.${known}`) : of}</Chip>;
}
