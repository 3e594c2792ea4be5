import { queryOptions } from '@tanstack/react-query';
import { api } from '../../api/client';

export interface TimelineDay {
  readonly date: string;
  /** Numbers whose FOC date it is, whose port date it is, and that were verified on it. */
  readonly foc: number;
  readonly ports: number;
  readonly verified: number;
}

export interface Forecast {
  readonly left: number;
  readonly verified: number;
  readonly overDays: number;
  readonly end: string | null;
  readonly by: 'done' | 'rate' | 'port_date' | 'unknown';
}

export interface Timeline {
  /** On the calendar of the site. */
  readonly today: string;
  readonly targetDate: string | null;
  readonly days: readonly TimelineDay[];
  readonly orders: readonly { readonly id: string; readonly reference: string; readonly status: string; readonly requestedDate: string }[];
  readonly forecast: Forecast;
}

/** Counted from numbers, so no list of records; it is read again when they are counted again. */
export const timelineQuery = (migrationId: string) => queryOptions({
  queryKey: ['porting', 'timeline', migrationId],
  queryFn: ({ signal }) => api<Timeline>(`/api/migrations/${migrationId}/timeline`, { signal }),
});

export type Lane = 'foc' | 'order' | 'port' | 'verified';

/** One row of the drawing: where on its line something is, in percent, and of how many numbers. */
export interface Track {
  readonly lane: Lane;
  readonly marks: readonly { readonly date: string; readonly left: number; readonly count: number }[];
}

export interface Drawing {
  readonly from: string;
  readonly to: string;
  readonly tracks: readonly Track[];
  readonly lines: readonly { readonly name: 'today' | 'target' | 'forecast'; readonly date: string; readonly left: number }[];
}

const Day = 86_400_000;
const noon = (day: string) => Date.parse(`${day}T12:00:00Z`);

/** Whole days from one to the other. */
export function daysBetween(from: string, to: string): number {
  return Math.round((noon(to) - noon(from)) / Day);
}

export function drawingOf({ today, targetDate, days, orders, forecast }: Timeline): Drawing {
  const lines = [['today', today], ['target', targetDate], ['forecast', forecast.end]] as const;
  const dates = [...days.map(day => day.date), ...orders.map(order => order.requestedDate), ...lines.flatMap(([, day]) => day ?? [])].sort();
  const [from, to] = [dates[0] ?? today, dates.at(-1) ?? today];
  const width = daysBetween(from, to);
  const left = (day: string) => width === 0 ? 50 : 100 * daysBetween(from, day) / width;
  const marksOf = (what: 'foc' | 'ports' | 'verified') => days.filter(day => day[what] > 0).map(day => ({ date: day.date, left: left(day.date), count: day[what] }));
  const asked = [...new Set(orders.map(order => order.requestedDate))];
  const tracks: Track[] = [
    { lane: 'foc', marks: marksOf('foc') },
    { lane: 'order', marks: asked.map(date => ({ date, left: left(date), count: orders.filter(order => order.requestedDate === date).length })) },
    { lane: 'port', marks: marksOf('ports') },
    { lane: 'verified', marks: marksOf('verified') },
  ];
  return {
    from, to,
    tracks: tracks.filter(track => track.marks.length > 0),
    lines: lines.flatMap(([name, date]) => date === null ? [] : [{ name, date, left: left(date) }]),
  };
}

/** The same as the drawing, a day a row. */
export interface TimelineRow extends TimelineDay {
  readonly orders: Timeline['orders'];
  readonly is: readonly Drawing['lines'][number]['name'][];
}

export function rowsOf(timeline: Timeline): readonly TimelineRow[] {
  const { days, orders } = timeline;
  const { lines } = drawingOf(timeline);
  const dates = [...new Set([...days.map(day => day.date), ...orders.map(order => order.requestedDate), ...lines.map(line => line.date)])].sort();
  return dates.map(date => ({
    ...days.find(day => day.date === date) ?? { date, foc: 0, ports: 0, verified: 0 },
    orders: orders.filter(order => order.requestedDate === date),
    is: lines.filter(line => line.date === date).map(line => line.name),
  }));
}
