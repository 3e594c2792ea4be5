import { Button, Select, Text } from '@mantine/core';
import { IconArrowBackUp } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useMay } from '../../api/me';
import { recordQuery } from '../../api/records';
import { lifecycleQuery } from '../../components/actions/actions';
import { AppLink } from '../../components/AppLink';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { Page } from '../../components/Page';
import { date, useNow } from '../../components/time';
import { useAddress, useUrlState } from '../../components/useUrl';
import { useLanguage } from '../../text/text';
import { CheckList } from './CheckList';
import { Countdown } from './Countdown';
import { dayToShow, portDays } from './cutover';
import { DayLog } from './DayLog';
import type { Migration, Site } from './porting';
import styles from './porting.module.css';
import { RollBackDialog } from './RollBackDialog';
import { ScriptsSection } from './ScriptsSection';
import { Card } from '../../components/Card';
import { dayIn } from './siteTime';
import { useNumbers } from './useNumbers';
import { usePortingTexts } from './usePortingTexts';

/** One screen for the day on which numbers move: how long until then, what is to be done with each, what was tried, and the way back. */
export default function CutOverPage() {
  const t = usePortingTexts();
  const language = useLanguage();
  const may = useMay();
  const { id = '' } = useAddress();
  const [url, setUrl] = useUrlState();
  const now = useNow();
  const [isRollingBack, setRollingBack] = useState(false);
  const migration = useQuery(recordQuery<Migration>('migrations', id));
  const siteId = migration.data?.data.siteId ?? '';
  const site = useQuery({ ...recordQuery<Site>('sites', siteId), enabled: siteId !== '' });
  const lifecycle = useQuery(lifecycleQuery('phone-numbers'));
  const numbers = useNumbers(useMemo(() => ({ migrations: [id] }), [id]));

  const all = useMemo(() => numbers.data?.rows ?? [], [numbers.data]);
  const days = useMemo(() => portDays(all), [all]);
  const zone = site.data?.data.timezone;
  const day = url['day'] ?? (zone === undefined ? null : dayToShow(days, dayIn(zone, now), migration.data?.data.targetDate ?? null));
  const ofDay = useMemo(() => all.filter(number => number.portDate === day), [all, day]);
  const name = migration.data?.data.name ?? '';
  const error = migration.error ?? site.error ?? lifecycle.error ?? numbers.error;
  const isReady = migration.data && site.data && lifecycle.data && numbers.data?.isWhole;
  return (
    <Page title={t('cutoverOf', { name })} help="studio#cut-over-day" of={{ type: 'migrations', id }} above={<AppLink size="sm" to={`/porting/${id}`}>{name}</AppLink>}
      actions={may('generated-scripts:create') && (
        <Button variant="default" leftSection={<IconArrowBackUp size={16} aria-hidden />} disabled={!isReady} onClick={() => setRollingBack(true)}>{t('rollBack')}</Button>
      )}>
      {error !== null && <ErrorNotice error={error} onRetry={() => void Promise.all([migration, site, lifecycle, numbers].map(query => query.refetch()))} />}
      {error === null && !isReady && <LoadingState />}
      {error === null && isReady && (
        <div className={styles.columns}>
          <div className={styles.column}>
            {day !== null && <Countdown day={day} site={site.data.data} />}
            <Card title={t('checkList')} actions={days.length > 0 && (
              <Select size="xs" aria-label={t('field.portDate')} value={day} onChange={chosen => setUrl({ day: chosen })}
                data={days.map(one => ({ value: one, label: date(`${one}T12:00`, language) }))} />
            )}>
              {ofDay.length === 0 ? <Text size="sm" c="dimmed">{t('nothingMoves')}</Text> : <CheckList numbers={ofDay} lifecycle={lifecycle.data} />}
            </Card>
          </div>
          <div className={styles.column}>
            <DayLog migrationId={id} numbers={ofDay} />
            <ScriptsSection migrationId={id} />
          </div>
        </div>
      )}
      {isRollingBack && <RollBackDialog migrationId={id} numbers={all} onClose={() => setRollingBack(false)} />}
    </Page>
  );
}
