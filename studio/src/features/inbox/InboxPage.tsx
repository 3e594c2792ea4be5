import { Button, Group, NativeSelect, Tabs, Text, TextInput } from '@mantine/core';
import { IconInbox, IconPlayerTrackNext, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { useMay, useMe, type Me } from '../../api/me';
import { countOf } from '../../api/records';
import { typeQuery, type TypeDescription } from '../../api/types';
import { DataTable } from '../../components/DataTable';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNotice } from '../../components/ErrorNotice';
import { useKeys } from '../../components/keyboard';
import { ColumnsMenu } from '../../components/lists/ColumnsMenu';
import { FilterBar } from '../../components/lists/FilterBar';
import { LoadingState } from '../../components/LoadingState';
import { Page } from '../../components/Page';
import { weekdayTime } from '../../components/time';
import { useGo, useUrlState } from '../../components/useUrl';
import { SavedViews } from '../../components/views/SavedViews';
import { useLanguage } from '../../text/text';
import { BulkDialog } from './BulkDialog';
import { columnsOf } from './columns';
import { columnsIn, filterType, inboxType, isFiltered, queryOf, tabOf, tabs } from './filters';
import { GiveDialog } from './GiveDialog';
import { GroupName } from './GroupName';
import { groupingOf, groupings, groupNeeds } from './groups';
import styles from './InboxPage.module.css';
import { SnoozeDialog } from './SnoozeDialog';
import { inverse, type Change, type Task } from './tasks';
import { useInboxTexts } from './useInboxTexts';
import { useNextTask } from './useNextTask';
import { useReturns, useTasks } from './useTasks';

/** The work that waits for somebody: theirs, what is free, what they handed on or put aside, what is done. */
export default function InboxPage() {
  const t = useInboxTexts();
  const me = useMe();
  const described = useQuery(typeQuery('tasks'));
  const type = useMemo(() => described.data && inboxType(described.data, field => t(`field.${field}`)), [described.data, t]);
  if (type && me) return <Inbox type={type} me={me} />;
  return (
    <Page title={t('title')} help="studio#inbox">
      {described.isError ? <ErrorNotice error={described.error} onRetry={() => void described.refetch()} /> : <LoadingState />}
    </Page>
  );
}

function Inbox({ type, me }: { readonly type: TypeDescription; readonly me: Me }) {
  const t = useInboxTexts();
  const language = useLanguage();
  const go = useGo();
  const may = useMay();
  const [asked, setUrl] = useUrlState();
  const offered = groupings.filter(one => groupNeeds[one] === null || may(groupNeeds[one]));
  const url = offered.some(one => one === asked['group']) ? asked : { ...asked, group: '' }; // a view of somebody who may read more
  const tab = tabOf(url);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [bulk, setBulk] = useState<{ readonly tasks: readonly Task[]; readonly change: Change; readonly said: string } | null>(null);
  const [asking, setAsking] = useState<'assign' | 'snooze' | null>(null);
  const { next, isBusy } = useNextTask(null);
  const [openedAt] = useState(() => Date.now()); // what "in a day" is counted from, so that the list keeps still

  const query = queryOf(url, type, me.user.id, openedAt);
  const grouping = groupingOf(url);
  const { found, rows, sections } = useTasks(query, grouping);
  useReturns();
  const filtered = isFiltered(url, type);
  const mayAssign = may('tasks:assign');
  const mayWork = may('tasks:work') && tab !== 'done';
  useEffect(() => setSelected(new Set()), [tab]);

  const names = columnsIn(url, type).join(',');
  const columns = useMemo(() => columnsOf(type, names.split(',')), [type, names]);

  const chosen = rows.filter(task => selected.has(task.id));
  const run = (change: Change, said: string) => {
    if (chosen.length > 0) setBulk({ tasks: chosen, change, said });
  };
  const runPlain = (kind: 'claim' | 'release') => run({ kind }, t(`${kind}ed` as 'claimed'));
  const shownTabs = tabs.filter(one => (one !== 'all' && one !== 'attention') || mayAssign);
  const actions = mayWork && chosen.length > 0 ? [
    { keys: 'c', label: t('claim'), run: () => runPlain('claim') },
    { keys: 'r', label: t('release'), run: () => runPlain('release') },
    { keys: 's', label: t('snooze'), run: () => setAsking('snooze') },
  ] : [];
  useKeys([
    { keys: 'n', label: t('next'), run: next },
    ...shownTabs.map((one, i) => ({ keys: String(i + 1), label: t(`tab.${one}`), run: () => setUrl({ tab: one }) })),
    ...actions,
  ]);

  return (
    <Page fill title={t('title')} help="studio#inbox"
      actions={
        <>
          <TextInput type="search" aria-label={t('search')} placeholder={t('search')} leftSection={<IconSearch size={16} aria-hidden />}
            value={url['q'] ?? ''} onChange={event => setUrl({ q: event.currentTarget.value })} />
          <ColumnsMenu fields={type.fields} chosen={columnsIn(url, type)} onChange={next => setUrl({ columns: next.join(',') })} />
          {may('tasks:work') && <Button leftSection={<IconPlayerTrackNext size={17} aria-hidden />} loading={isBusy} onClick={next}>{t('next')}</Button>}
        </>
      }>
      <div className={styles.page}>
        <Tabs value={tab} onChange={value => setUrl({ tab: value === 'mine' ? null : value, sort: null, closed: null }, 'push')} activateTabWithKeyboard={false}>
          <Tabs.List aria-label={t('tabs')} className={styles.tabs}>
            {shownTabs.map(one => <Tabs.Tab key={one} value={one} aria-controls="inbox-tasks">{t(`tab.${one}`)}</Tabs.Tab>)}
          </Tabs.List>
        </Tabs>
        <Group gap="xs" justify="space-between">
          <Group gap="xs">
            <NativeSelect size="xs" aria-label={t('group')} value={grouping?.by ?? ''} onChange={event => setUrl({ group: event.currentTarget.value, closed: null }, 'push')}
              data={[{ value: '', label: t('group.nothing') }, ...offered.map(value => ({ value, label: `${t('group')}: ${t(`group.${value}`)}` }))]} />
            <FilterBar type={filterType(type, tab)} />
          </Group>
          <SavedViews list="inbox" type="tasks" count={state => countOf('tasks', queryOf(state, type, me.user.id, openedAt))} />
        </Group>
        {chosen.length > 0 && (
          <Group gap="xs" role="group" aria-label={t('selected', { count: chosen.length })}>
            <Text size="sm" fw={500}>{t('selected', { count: chosen.length })}</Text>
            <Button size="compact-sm" variant="default" onClick={() => runPlain('claim')}>{t('claim')}</Button>
            <Button size="compact-sm" variant="default" onClick={() => runPlain('release')}>{t('release')}</Button>
            <Button size="compact-sm" variant="default" onClick={() => setAsking('snooze')}>{t('snooze')}</Button>
            {tab === 'waiting' && <Button size="compact-sm" variant="default" onClick={() => run({ kind: 'snooze', followUpAt: null }, t('woken'))}>{t('wake')}</Button>}
            {mayAssign && <Button size="compact-sm" variant="default" onClick={() => setAsking('assign')}>{t('assign')}</Button>}
          </Group>
        )}
        <div id="inbox-tasks" role="tabpanel" aria-label={t(`tab.${tab}`)} className={styles.list}>
          {found.isError && <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />}
          {found.isPending && <LoadingState />}
          {found.isSuccess && rows.length === 0 && !sections?.length && (
            <EmptyState icon={<IconInbox size={36} aria-hidden />} title={filtered ? t('none.filtered') : t(`none.${tab}`)}>
              {tab === 'mine' && !filtered && t('none.mine.why')}
            </EmptyState>
          )}
          {found.isSuccess && (rows.length > 0 || sections !== undefined && sections.length > 0) && (
            <DataTable label={t(`tab.${tab}`)} rows={rows} columns={columns} idOf={task => task.id} nameOf={task => task.title} onOpen={task => go(`/inbox/${task.id}`)}
              {...(mayWork && { selected, onSelect: setSelected })}
              sections={sections} sectionName={key => grouping && <GroupName by={grouping.by} value={key} />}
              onToggle={section => setUrl({ closed: (grouping?.closed ?? []).filter(key => key !== section.key).concat(section.isOpen ? section.key : []).join(',') })}
              sort={(grouping?.by === 'dueDay' ? undefined : url['sort']) ?? query['sort'] ?? ''} onSort={sort => setUrl({ sort })} hasMore={found.hasNextPage} onEnd={() => {
                if (!found.isFetching) void found.fetchNextPage();
              }} />
          )}
        </div>
      </div>
      {asking === 'assign' && (
        <GiveDialog kind="assign" onClose={() => setAsking(null)} onGive={(change, name) => {
          setAsking(null);
          run(change, t('assigned', { name }));
        }} />
      )}
      {asking === 'snooze' && (
        <SnoozeDialog onClose={() => setAsking(null)} onSnooze={at => {
          setAsking(null);
          run({ kind: 'snooze', followUpAt: at }, t('snoozed', { time: weekdayTime(at, language) }));
        }} />
      )}
      {bulk && (
        <BulkDialog {...bulk} inverseOf={task => inverse(task, bulk.change, me, mayAssign)} onClose={() => { setBulk(null); setSelected(new Set()); }} />
      )}
    </Page>
  );
}
