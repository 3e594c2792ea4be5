import { expect, it } from 'vitest';
import { clockOf, dayIn, instantOf, weekOf } from './siteTime';

it('reads the clock and the calendar of a zone', () => {
  const at = Date.parse('2026-11-27T03:30:00Z');
  expect(clockOf('America/New_York', at, 'de')).toBe('22:30');
  expect(dayIn('America/New_York', at)).toBe('2026-11-26');
  expect(dayIn('Asia/Tokyo', at)).toBe('2026-11-27');
});

it('finds the instant of a local time, also on the days on which the clocks change', () => {
  expect(new Date(instantOf('2026-11-26', '08:00', 'America/New_York')).toISOString()).toBe('2026-11-26T13:00:00.000Z');
  expect(new Date(instantOf('2026-03-08', '08:00', 'America/New_York')).toISOString()).toBe('2026-03-08T12:00:00.000Z');
  expect(new Date(instantOf('2026-11-01', '00:30', 'America/New_York')).toISOString()).toBe('2026-11-01T04:30:00.000Z');
});

it('joins the days that have the same hours', () => {
  const open = [{ open: '08:00', close: '12:00' }, { open: '13:00', close: '17:00' }];
  expect(weekOf({ monday: open, tuesday: open, wednesday: open, thursday: open, friday: open, saturday: null, sunday: [] }, 'en'))
    .toEqual([{ name: 'Mon – Fri', hours: '08:00 – 12:00, 13:00 – 17:00' }, { name: 'Sat – Sun', hours: '' }]);
  expect(weekOf(null, 'en')).toEqual([]);
});
