import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { recordQuery } from '../../api/records';
import { AppLink } from '../../components/AppLink';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { date } from '../../components/time';
import { useLanguage } from '../../text/text';
import type { Site } from './porting';
import styles from './porting.module.css';
import { Card } from '../../components/Card';
import { clockOf, weekOf } from './siteTime';
import { usePortingTexts } from './usePortingTexts';

/** The place that moves, and when it works. */
export function SiteFacts({ siteId }: { readonly siteId: string }) {
  const t = usePortingTexts();
  const language = useLanguage();
  const site = useQuery(recordQuery<Site>('sites', siteId));
  if (site.isError) return <Card title={t('site')}><ErrorNotice error={site.error} onRetry={() => void site.refetch()} /></Card>;
  if (!site.data) return <Card title={t('site')}><LoadingState lines={4} /></Card>;
  const { data } = site.data;
  return (
    <Card title={t('site')}>
      <AppLink size="sm" fw={500} to={`/records/sites/${siteId}`}>{data.name}</AppLink>
      <Text size="sm" c="dimmed" mb="sm">{[data.address, data.city].filter(Boolean).join(', ')}</Text>
      <dl className={styles.facts}>
        <dt>{t('zone')}</dt><dd>{data.timezone} · {clockOf(data.timezone, Date.now(), language)}</dd>
        {weekOf(data.businessHours, language).map(day => <FactOfDay key={day.name} name={day.name} hours={day.hours || t('closed')} />)}
        {(data.holidays ?? []).map(holiday => <FactOfDay key={holiday.date} name={date(`${holiday.date}T12:00`, language)} hours={t('holiday', { name: holiday.name })} />)}
      </dl>
    </Card>
  );
}

function FactOfDay({ name, hours }: { readonly name: string; readonly hours: string }) {
  return <><dt>{name}</dt><dd>{hours}</dd></>;
}
