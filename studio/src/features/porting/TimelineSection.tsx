import { Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMay } from '../../api/me';
import { AppLink } from '../../components/AppLink';
import { Card } from '../../components/Card';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { date } from '../../components/time';
import { useLanguage } from '../../text/text';
import { daysBetween, drawingOf, rowsOf, timelineQuery, type Timeline } from './timeline';
import styles from './TimelineSection.module.css';
import { usePortingTexts } from './usePortingTexts';

/** What is planned for a migration and what has happened, on one line of time; how its end is reckoned; and the same as a table. */
export function TimelineSection({ migrationId }: { readonly migrationId: string }) {
  const t = usePortingTexts();
  const timeline = useQuery(timelineQuery(migrationId));
  return (
    <Card title={t('timeline')}>
      {timeline.isError && <ErrorNotice error={timeline.error} onRetry={() => void timeline.refetch()} />}
      {timeline.isPending && <LoadingState lines={4} />}
      {timeline.data && (
        <>
          <Outlook timeline={timeline.data} />
          <Drawing timeline={timeline.data} />
          <Days timeline={timeline.data} migrationId={migrationId} />
        </>
      )}
    </Card>
  );
}

function useDay(): (day: string) => string {
  const language = useLanguage();
  return day => date(`${day}T12:00`, language);
}

/** When it will be over, in words, and how that is reckoned. */
function Outlook({ timeline: { forecast, targetDate } }: { readonly timeline: Timeline }) {
  const t = usePortingTexts();
  const day = useDay();
  const { left, verified, overDays, end, by } = forecast;
  const late = end !== null && targetDate !== null ? daysBetween(targetDate, end) : null;
  return (
    <Text size="sm" mb="sm">
      {by === 'done' && t('forecast.done', { end: day(end ?? '') })}
      {by === 'unknown' && t('forecast.unknown', { count: left })}
      {by === 'rate' && t('forecast.rate', { verified, count: overDays, left, end: day(end ?? '') })}
      {by === 'port_date' && t('forecast.portDate', { verified, count: overDays, left, end: day(end ?? '') })}
      {late !== null && by !== 'done' && ` ${late > 0 ? t('forecast.late', { count: late }) : late < 0 ? t('forecast.early', { count: -late }) : t('forecast.onTime')}`}
    </Text>
  );
}

/** For the eye; whoever does not see it has the table. */
function Drawing({ timeline }: { readonly timeline: Timeline }) {
  const t = usePortingTexts();
  const day = useDay();
  const { from, to, tracks, lines } = drawingOf(timeline);
  return (
    <div role="img" aria-label={t('timelineDrawn', { from: day(from), to: day(to) })} className={styles.drawing}>
      <div className={styles.plot}>
        {lines.map(line => <span key={line.name} className={styles.line} data-line={line.name} style={{ insetInlineStart: `${line.left}%` }} />)}
        {tracks.map(track => (
          <div key={track.lane}>
            <span className={styles.lane}>{t(`lane.${track.lane}`)}</span>
            <div className={styles.track} data-lane={track.lane}>
              {track.marks.map(mark => <span key={mark.date} className={styles.mark} title={`${day(mark.date)}: ${mark.count}`} style={{ insetInlineStart: `${mark.left}%` }} />)}
            </div>
          </div>
        ))}
      </div>
      <div className={styles.ends}><span>{day(from)}</span><span>{day(to)}</span></div>
      <div className={styles.legend}>
        {lines.map(line => <span key={line.name}><span className={styles.sample} data-line={line.name} />{t(`line.${line.name}`)} {day(line.date)}</span>)}
      </div>
    </div>
  );
}

function Days({ timeline, migrationId }: { readonly timeline: Timeline; readonly migrationId: string }) {
  const t = usePortingTexts();
  const day = useDay();
  const mayOpenOrders = useMay()('port-orders:read');
  return (
    <Table mt="sm" verticalSpacing={4} aria-label={t('timelineDays')}>
      <Table.Thead><Table.Tr><Table.Th>{t('day')}</Table.Th><Table.Th>{t('happens')}</Table.Th></Table.Tr></Table.Thead>
      <Table.Tbody>
        {rowsOf(timeline).map(row => (
          <Table.Tr key={row.date}>
            <Table.Th scope="row" fw={400}>{day(row.date)}</Table.Th>
            <Table.Td>
              {row.is.map(name => <div key={name}><Text span size="sm" fw={600}>{t(`line.${name}`)}</Text></div>)}
              {row.foc > 0 && <div>{t('happens.foc', { count: row.foc })}</div>}
              {row.orders.map(order => (
                <div key={order.id}>
                  {t('happens.order')} {mayOpenOrders ? <AppLink to={`/records/port-orders/${order.id}`}>{order.reference}</AppLink> : order.reference}
                </div>
              ))}
              {row.ports > 0 && <div><AppLink to={`/porting/${migrationId}/cutover?day=${row.date}`}>{t('happens.port', { count: row.ports })}</AppLink></div>}
              {row.verified > 0 && <div>{t('happens.verified', { count: row.verified })}</div>}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
