import type { Language } from '../../text/text';
import type { Site } from './porting';

/** The time on the clocks of a zone. */
export function clockOf(zone: string, at: number, language: Language): string {
  return new Intl.DateTimeFormat(language, { timeStyle: 'short', timeZone: zone }).format(at);
}

/** The day that it is in a zone, as `2026-11-26`. */
export function dayIn(zone: string, at: number): string {
  return new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', timeZone: zone }).format(at);
}

/** The instant at which a day's clock in a zone shows a time, such as `2026-11-26` and `08:00`. */
export function instantOf(day: string, clock: string, zone: string): number {
  const wanted = Date.parse(`${day}T${clock}:00Z`);
  let at = wanted;
  // Twice, because the first guess may lie on the other side of a change of the clocks.
  for (let i = 0; i < 2; i++) at += wanted - shownAs(at, zone);
  return at;
}

function shownAs(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
  }).formatToParts(at);
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.find(part => part.type === type)?.value ?? '00';
  return Date.parse(`${of('year')}-${of('month')}-${of('day')}T${of('hour')}:${of('minute')}:${of('second')}Z`);
}

const Weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** A week's hours, days that have the same joined: `Mon – Fri 08:00 – 17:00`. None when nobody knows them. */
export function weekOf(hours: Site['businessHours'], language: Language): readonly { readonly name: string; readonly hours: string }[] {
  if (hours === null) return [];
  const name = new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' });
  const days = Weekdays.map((day, i) => ({
    name: name.format(Date.UTC(2024, 0, 1 + i)), // a Monday
    hours: (hours[day] ?? []).map(span => `${span.open} – ${span.close}`).join(', '),
  }));
  const runs: { first: string; last: string; hours: string }[] = [];
  for (const day of days) {
    const run = runs.at(-1);
    if (run?.hours === day.hours) run.last = day.name;
    else runs.push({ first: day.name, last: day.name, hours: day.hours });
  }
  return runs.map(run => ({ name: run.first === run.last ? run.first : `${run.first} – ${run.last}`, hours: run.hours }));
}
