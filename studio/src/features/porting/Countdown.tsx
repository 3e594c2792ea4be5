import { Text } from '@mantine/core';
import { date, dateTimeInFull, spanOf, useNow } from '../../components/time';
import { useComponentTexts } from '../../components/useComponentTexts';
import { useLanguage } from '../../text/text';
import { beginOf } from './cutover';
import type { Site } from './porting';
import styles from './porting.module.css';
import { clockOf } from './siteTime';
import { usePortingTexts } from './usePortingTexts';

/** How long it is until the day begins at the site, or since it has; in the site's zone and in that of whoever looks. */
export function Countdown({ day, site }: { readonly day: string; readonly site: Site }) {
  const t = usePortingTexts();
  const common = useComponentTexts();
  const language = useLanguage();
  const now = useNow();
  const begin = beginOf(day, site);
  const span = spanOf(begin - now);
  const time = common(`time.${span.unit}`, { n: span.count });
  return (
    <section className={styles.countdown} aria-label={t('countdown')}>
      <div className={styles.time} role="timer">{begin > now ? t('beginsIn', { time }) : t('begunSince', { time })}</div>
      <Text size="sm" c="dimmed" title={dateTimeInFull(begin, language)}>
        {t('dayBegins', { day: date(`${day}T12:00`, language), time: clockOf(site.timezone, begin, language), zone: site.timezone })}
        {' · '}{t('nowThere', { time: clockOf(site.timezone, now, language) })}
      </Text>
    </section>
  );
}
