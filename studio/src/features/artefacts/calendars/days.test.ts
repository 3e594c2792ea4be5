import { expect, it } from 'vitest';
import { monthsOf, weekOf, weekdayOf, type CalendarDay } from './days';

const year = Array.from({ length: 365 }, (_, i): CalendarDay => {
  const date = new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10);
  return { date, open: weekdayOf(date) < 5 ? [{ open: '09:00', close: '17:00' }] : [], holiday: date === '2026-01-01' ? 'New Year' : null };
});

it('puts each day into its month, under its weekday', () => {
  const months = monthsOf(year);
  expect(months.map(weeks => weeks.flat().filter(day => day !== null).length)).toEqual([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]);
  expect(months[0]?.[0]?.map(day => day?.date.slice(8) ?? null)).toEqual([null, null, null, '01', '02', '03', '04']);
  expect(months.every(weeks => weeks.every(week => week.every((day, i) => day === null || weekdayOf(day.date) === i)))).toBe(true);
});

it('shows a week without its holidays', () => {
  expect(weekOf(year).map(day => day.open.length)).toEqual([1, 1, 1, 1, 1, 0, 0]);
  expect(weekOf(year)[3]?.date).toBe('2026-01-08');
});
