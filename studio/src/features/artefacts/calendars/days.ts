import { queryOptions } from '@tanstack/react-query';
import { api } from '../../../api/client';
import { pathOf } from '../artefacts';

export interface CalendarDay {
  /** 2026-12-31 */
  readonly date: string;
  readonly open: readonly { readonly open: string; readonly close: string }[];
  /** The name of the holiday that it is. */
  readonly holiday: string | null;
}

export interface CalendarDays {
  readonly timezone: string;
  readonly items: readonly CalendarDay[];
}

export const daysQuery = (key: string, hash: string, year: number) => queryOptions({
  queryKey: ['artefact-days', key, hash, year],
  queryFn: ({ signal }) => api<CalendarDays>(`${pathOf('calendar', key)}/days?from=${year}-01-01&to=${year}-12-31`, { signal }),
});

/** The months of a year, each in weeks from Monday; null where a week begins or ends in another month. */
export function monthsOf(days: readonly CalendarDay[]): readonly (readonly (readonly (CalendarDay | null)[])[])[] {
  return Array.from({ length: 12 }, (_, month) => {
    const own = days.filter(day => Number(day.date.slice(5, 7)) === month + 1);
    const before = own[0] ? weekdayOf(own[0].date) : 0;
    const cells = [...Array.from({ length: before }, () => null), ...own];
    return Array.from({ length: Math.ceil(cells.length / 7) }, (_, week) => Array.from({ length: 7 }, (_, day) => cells[week * 7 + day] ?? null));
  });
}

/** Monday to Sunday as they are when nothing is special: the hours of the first of each in the year that is no holiday. */
export function weekOf(days: readonly CalendarDay[]): readonly CalendarDay[] {
  return Array.from({ length: 7 }, (_, weekday) => days.find(day => weekdayOf(day.date) === weekday && day.holiday === null)).filter(day => day !== undefined);
}

/** From 0, a Monday. */
export const weekdayOf = (date: string) => (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;
