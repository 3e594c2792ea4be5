import { Progress, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { dashboardQuery, type Migration } from './porting';
import styles from './porting.module.css';
import { Card } from '../../components/Card';
import { StatusChip } from './StatusChip';
import { TargetDate } from './TargetDate';
import { inWords, usePortingTexts } from './usePortingTexts';

/** How far a migration is, as the dashboard counts it. */
export function MigrationFacts({ migration }: { readonly migration: Migration }) {
  const t = usePortingTexts();
  const counted = useQuery(dashboardQuery).data?.find(row => row.id === migration.id);
  const row = counted ?? { ...migration, daysLeft: null };
  return (
    <Card title={t('overview')}>
      <Stack gap="sm">
        <Progress value={row.progress} size="lg" aria-label={t('progressOf', { name: migration.name, percent: row.progress })} />
        <dl className={styles.facts}>
          <dt>{t('status')}</dt><dd><StatusChip status={migration.status} /></dd>
          <dt>{t('progress')}</dt><dd>{t('percent', { percent: row.progress })}</dd>
          <dt>{t('numbersPorted')}</dt><dd>{t('ofAll', { done: row.portedNumbers, all: row.totalNumbers })}</dd>
          <dt>{t('usersConfigured')}</dt><dd>{t('ofAll', { done: row.configuredUsers, all: row.totalUsers })}</dd>
          {row.targetDate !== null && <><dt>{t('target')}</dt><dd><TargetDate row={row} /></dd></>}
          {migration.routingType !== null && <><dt>{t('routing')}</dt><dd>{inWords(migration.routingType)}</dd></>}
          {migration.targetCarrier !== null && <><dt>{t('targetCarrier')}</dt><dd>{inWords(migration.targetCarrier)}</dd></>}
        </dl>
      </Stack>
    </Card>
  );
}
