import { Alert, Button, Group, Text } from '@mantine/core';
import { IconLock, IconPlayerTrackNext } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay, useMe } from '../../api/me';
import { queryClient } from '../../api/query';
import { recordQuery } from '../../api/records';
import { AppLink } from '../../components/AppLink';
import { Chip } from '../../components/Chip';
import { DueChip } from '../../components/DueChip';
import { ErrorNotice } from '../../components/ErrorNotice';
import { useKeys } from '../../components/keyboard';
import { LoadingState } from '../../components/LoadingState';
import { Page } from '../../components/Page';
import { useNow, weekdayTime } from '../../components/time';
import { useToast } from '../../components/useToast';
import { useAddress } from '../../components/useUrl';
import { useLanguage } from '../../text/text';
import { GiveDialog } from './GiveDialog';
import { isWaiting } from './snooze';
import { SnoozeDialog } from './SnoozeDialog';
import { TaskContext } from './TaskContext';
import { TaskForm } from './TaskForm';
import styles from './TaskPage.module.css';
import { inverse, perform, performInTurn, type Change, type Task } from './tasks';
import { useInboxTexts } from './useInboxTexts';
import { useNextTask } from './useNextTask';
import { usePeople } from './usePeople';
import { WaitingChip } from './WaitingChip';

export default function TaskPage() {
  const t = useInboxTexts();
  const { id = '' } = useAddress();
  const found = useQuery(recordQuery<Task>('tasks', id));
  const above = <AppLink size="sm" to="/inbox">{t('toInbox')}</AppLink>;
  if (found.isError) return <Page title={t('column.title')} help="studio#inbox" above={above}><ErrorNotice error={found.error} onRetry={() => void found.refetch()} /></Page>;
  if (found.isPending) return <Page title={t('column.title')} help="studio#inbox" above={above}><LoadingState /></Page>;
  return <TaskView key={id} task={found.data.data} />;
}

/** One task: on the left what is to be done, on the right what one needs to know for it. */
function TaskView({ task }: { readonly task: Task }) {
  const t = useInboxTexts();
  const me = useMe();
  const may = useMay();
  const toast = useToast();
  const people = usePeople();
  const [giving, setGiving] = useState<'assign' | 'delegate' | null>(null);
  const [isSnoozing, setSnoozing] = useState(false);
  const language = useLanguage();
  const waits = isWaiting(task, useNow());
  const { next, isBusy } = useNextTask(task.id);
  const isMine = task.assigneeId !== null && task.assigneeId === me?.user.id;
  const isOpen = task.status === 'open' || task.status === 'claimed';
  const mayWork = may('tasks:work') && isOpen;
  const mayAssign = may('tasks:assign') && isOpen;

  const change = async (what: Change, name = '') => {
    if (!me) return;
    const back = inverse(task, what, me, mayAssign);
    const refresh = () => queryClient.invalidateQueries({ queryKey: ['records', 'tasks'] });
    try {
      await perform(task, what);
      const said = {
        claim: t('claimed'), release: t('released'), assign: t('assigned', { name }), delegate: t('delegated', { name }),
        snooze: what.kind === 'snooze' && what.followUpAt !== null ? t('snoozed', { time: weekdayTime(what.followUpAt, language) }) : t('woken'),
      }[what.kind];
      toast.done(said, back.length > 0 ? () => performInTurn(task, back).finally(refresh) : undefined);
    } catch (e) {
      toast.failed(e);
    }
    await refresh(); // also after a refusal: somebody else was faster
  };
  const mayClaim = mayWork && task.status === 'open';
  const maySnooze = mayWork && (isMine || task.status === 'open');
  const mayRelease = mayWork && task.status === 'claimed' && (isMine || mayAssign);
  useKeys([
    { keys: 'n', label: t('next'), run: next },
    ...(mayClaim ? [{ keys: 'c', label: t('claim'), run: () => void change({ kind: 'claim' }) }] : []),
    ...(maySnooze ? [{ keys: 's', label: t('snooze'), run: () => setSnoozing(true) }] : []),
    ...(mayRelease ? [{ keys: 'r', label: t('release'), run: () => void change({ kind: 'release' }) }] : []),
  ]);

  return (
    <Page title={task.title} help="studio#inbox" of={{ type: 'tasks', id: task.id }} above={<AppLink size="sm" to="/inbox">{t('toInbox')}</AppLink>}
      actions={
        <>
          {mayClaim && <Button onClick={() => void change({ kind: 'claim' })}>{t('claim')}</Button>}
          {mayRelease && <Button variant="default" onClick={() => void change({ kind: 'release' })}>{t('release')}</Button>}
          {maySnooze && !waits && <Button variant="default" onClick={() => setSnoozing(true)}>{t('snooze')}</Button>}
          {maySnooze && waits && <Button variant="default" onClick={() => void change({ kind: 'snooze', followUpAt: null })}>{t('wake')}</Button>}
          {mayWork && isMine && <Button variant="default" onClick={() => setGiving('delegate')}>{t('delegate')}</Button>}
          {mayAssign && <Button variant="default" onClick={() => setGiving('assign')}>{t('assign')}</Button>}
          {may('tasks:work') && <Button variant="default" loading={isBusy} leftSection={<IconPlayerTrackNext size={17} aria-hidden />} onClick={next}>{t('next')}</Button>}
        </>
      }>
      <Group gap="xs" mb="md">
        {isOpen && <DueChip dueAt={task.dueAt} risk={task.risk} />}
        <WaitingChip task={task} />
        <Chip tone={task.status === 'claimed' ? 'accent' : 'plain'}>{t(`status.${task.status}`)}</Chip>
        {task.assigneeId !== null && <Text size="sm">{isMine ? t('withYou') : t('with', { name: people.nameOf(task.assigneeId) })}</Text>}
      </Group>
      <div className={styles.columns}>
        <div className={styles.card}>
          {task.description !== null && <Text className={styles.description}>{task.description}</Text>}
          {isMine && isOpen && mayWork && <TaskForm key={task.id} task={task} />}
          {isOpen && !isMine && (
            <Alert icon={<IconLock size={18} aria-hidden />} variant="outline" color="gray" mt="md">
              <Text size="sm">{task.assigneeId === null ? t('claimFirst') : t('readOnly', { name: people.nameOf(task.assigneeId) })}</Text>
            </Alert>
          )}
          {!isOpen && (
            <Alert variant="outline" color="gray" mt="md" title={<Text span fw={600} c="var(--mantine-color-text)">{task.status === 'done' ? t('doneTitle') : t('cancelledTitle')}</Text>}>
              {task.outcome !== null && <Text size="sm">{t('outcomeWas', { outcome: task.outcome.replaceAll('_', ' ') })}</Text>}
              {typeof task.data?.['comment'] === 'string' && <Text size="sm" className={styles.description}>{task.data['comment']}</Text>}
            </Alert>
          )}
        </div>
        <aside aria-label={t('context')}><TaskContext task={task} /></aside>
      </div>
      {isSnoozing && (
        <SnoozeDialog onClose={() => setSnoozing(false)} onSnooze={followUpAt => {
          setSnoozing(false);
          void change({ kind: 'snooze', followUpAt });
        }} />
      )}
      {giving !== null && (
        <GiveDialog kind={giving} onClose={() => setGiving(null)} onGive={(what, name) => {
          setGiving(null);
          void change(what, name);
        }} />
      )}
    </Page>
  );
}
