import { expect, it } from 'vitest';
import { beginOf, dayToShow } from './cutover';

it('shows the next port day, else the last one, else the day that is aimed at', () => {
  expect(dayToShow(['2026-12-01', '2026-12-05'], '2026-12-02', null)).toBe('2026-12-05');
  expect(dayToShow(['2026-12-01', '2026-12-05'], '2026-12-01', null)).toBe('2026-12-01');
  expect(dayToShow(['2026-12-01'], '2026-12-02', '2027-01-01')).toBe('2026-12-01');
  expect(dayToShow([], '2026-12-02', '2027-01-01')).toBe('2027-01-01');
});

it('begins a day at the opening of the site, or at its midnight when it is closed', () => {
  const site = { timezone: 'America/New_York', businessHours: { thursday: [{ open: '08:00', close: '17:00' }], saturday: null } };
  expect(new Date(beginOf('2026-11-26', site)).toISOString()).toBe('2026-11-26T13:00:00.000Z');
  expect(new Date(beginOf('2026-11-28', site)).toISOString()).toBe('2026-11-28T05:00:00.000Z');
  expect(new Date(beginOf('2026-11-26', { timezone: 'UTC', businessHours: null })).toISOString()).toBe('2026-11-26T00:00:00.000Z');
});
