import { SimpleGrid } from '@mantine/core';
import { useLanguage } from '../../../text/text';
import { useArtefactsTexts } from '../useArtefactsTexts';
import { monthsOf, type CalendarDay } from './days';
import styles from './Months.module.css';

/** A year at a glance: days that are closed are faint, holidays framed and named on hover. */
export function Months({ days }: { readonly days: readonly CalendarDay[] }) {
  const language = useLanguage();
  const t = useArtefactsTexts();
  const year = Number(days[0]?.date.slice(0, 4) ?? 0);
  const weekdays = Array.from({ length: 7 }, (_, i) => Date.UTC(2024, 0, 1 + i)); // a Monday and what follows
  const named = (at: number, style: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language, { ...style, timeZone: 'UTC' }).format(at);
  const titleOf = (day: CalendarDay) => day.holiday ?? (day.open.length === 0 ? t('closed') : day.open.map(hours => `${hours.open}–${hours.close}`).join(', '));
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
      {monthsOf(days).map((weeks, month) => (
        <table key={month} className={styles.month}>
          <caption>{named(Date.UTC(year, month, 1), { month: 'long' })}</caption>
          <thead><tr>{weekdays.map(at => <th key={at} scope="col"><abbr title={named(at, { weekday: 'long' })}>{named(at, { weekday: 'narrow' })}</abbr></th>)}</tr></thead>
          <tbody>
            {weeks.map((week, i) => (
              <tr key={i}>
                {week.map((day, n) => day === null ? <td key={n} /> : (
                  <td key={n} title={titleOf(day)} data-open={day.open.length > 0 || undefined} data-holiday={day.holiday !== null || undefined}>{Number(day.date.slice(8))}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      ))}
    </SimpleGrid>
  );
}
