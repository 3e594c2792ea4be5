import { Button } from '@mantine/core';
import { IconCalendarEvent, IconLayoutKanban, IconTable } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { recordQuery } from '../../api/records';
import { AppLink } from '../../components/AppLink';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { Page } from '../../components/Page';
import { useAddress, useGo } from '../../components/useUrl';
import { LettersSection } from './LettersSection';
import { MigrationFacts } from './MigrationFacts';
import { NumbersSection } from './NumbersSection';
import { OfferedActions } from './OfferedActions';
import { countedAgain, type Migration } from './porting';
import styles from './porting.module.css';
import { ScriptsSection } from './ScriptsSection';
import { Card } from '../../components/Card';
import { SiteFacts } from './SiteFacts';
import { StoryOf } from './StoryOf';
import { TimelineSection } from './TimelineSection';
import { useEvents } from './useEvents';
import { usePortingTexts } from './usePortingTexts';

const Counted = ['phone-numbers', 'end-users', 'port-orders', 'migrations'];

/** One migration: how far it is, what can be done with it now, its papers and its story. */
export default function MigrationPage() {
  const t = usePortingTexts();
  const go = useGo();
  const { id = '' } = useAddress();
  const migration = useQuery(recordQuery<Migration>('migrations', id));
  useEvents(Counted, () => {
    countedAgain();
    void migration.refetch();
  });
  const above = <AppLink size="sm" to="/porting">{t('title')}</AppLink>;
  if (migration.isError) return <Page title={t('migration')} help="studio#porting" above={above}><ErrorNotice error={migration.error} onRetry={() => void migration.refetch()} /></Page>;
  if (!migration.data) return <Page title={t('migration')} help="studio#porting" above={above}><LoadingState /></Page>;
  const { data } = migration.data;
  const numbers = `/porting/numbers?migration=${id}`;
  const buttons = [[numbers, IconTable, 'numbers'], [`${numbers}&view=board`, IconLayoutKanban, 'board'], [`/porting/${id}/cutover`, IconCalendarEvent, 'cutover']] as const;
  return (
    <Page title={data.name} help="studio#porting" of={{ type: 'migrations', id }} above={above}
      actions={buttons.map(([to, Shape, text]) => (
        <Button key={to} component="a" href={to} variant="default" leftSection={<Shape size={16} aria-hidden />} onClick={event => { event.preventDefault(); go(to); }}>{t(text)}</Button>
      ))}>
      <div className={styles.columns}>
        <div className={styles.column}>
          <Card title={t('next')}><OfferedActions type="migrations" id={id} name={data.name} onDone={countedAgain} /></Card>
          <NumbersSection migrationId={id} />
          <TimelineSection migrationId={id} />
          <ScriptsSection migrationId={id} />
          <LettersSection migrationId={id} />
        </div>
        <div className={styles.column}>
          <MigrationFacts migration={data} />
          <SiteFacts siteId={data.siteId} />
          <StoryOf type="migrations" id={id} />
        </div>
      </div>
    </Page>
  );
}
