import { useEffect, useState } from 'react';
import type { Language } from '../text/text';

const Minute = 60_000;
const Hour = 60 * Minute;
const Day = 24 * Hour;

/** The present, again every half minute: for what is so and so long away. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), Minute / 2);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** In the zone of whoever looks. */
export function dateTime(at: string | number, language: Language): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at));
}

export function date(at: string | number, language: Language): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium' }).format(new Date(at));
}

/** With the name of the zone, for the title of what shows a time. */
export function dateTimeInFull(at: string | number, language: Language): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long' }).format(new Date(at));
}

/** "Mon, May 6, 9:00 AM". */
export function weekdayTime(at: string | number, language: Language): string {
  return new Intl.DateTimeFormat(language, { weekday: 'short', day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' }).format(new Date(at));
}

/** As narrow as a column: "May 6, 9:00 AM" within this year, "May 6, 2031" in another. */
export function dayTime(at: string, now: number, language: Language): string {
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return isThisYear ? new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' }).format(new Date(at)) : date(at, language);
}

export function dayInFull(at: string | number, language: Language): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'full' }).format(new Date(at));
}

/** What the zone of whoever looks is called: "Central European Time (Europe/Berlin)". */
export function zoneName(language: Language): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const name = new Intl.DateTimeFormat(language, { timeZoneName: 'longGeneric' }).formatToParts().find(part => part.type === 'timeZoneName')?.value;
  return name === undefined || name === timeZone ? timeZone : `${name} (${timeZone})`;
}

/** "in 2 hours", "yesterday"; narrow: "2h ago". */
export function relative(at: string | number, now: number, language: Language, style: 'long' | 'narrow' = 'long'): string {
  const away = new Date(at).getTime() - now;
  const [unit, size] = Math.abs(away) < Hour ? ['minute', Minute] as const : Math.abs(away) < Day ? ['hour', Hour] as const : ['day', Day] as const;
  return new Intl.RelativeTimeFormat(language, { numeric: style === 'narrow' ? 'always' : 'auto', style }).format(Math.round(away / size), unit);
}

/** "in 7 days", "30 days ago". */
export function daysAway(days: number, language: Language): string {
  return new Intl.RelativeTimeFormat(language).format(days, 'day');
}

export interface Span {
  readonly unit: 'minutes' | 'hours' | 'days';
  readonly count: number;
}

/** A length of time as people say it: minutes under two hours, hours under two days, days. */
export function spanOf(milliseconds: number): Span {
  const length = Math.abs(milliseconds);
  if (length < 2 * Hour) return { unit: 'minutes', count: Math.round(length / Minute) };
  if (length < 2 * Day) return { unit: 'hours', count: Math.round(length / Hour) };
  return { unit: 'days', count: Math.round(length / Day) };
}
