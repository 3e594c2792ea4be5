import { expect, test } from 'vitest';
import { drawingOf, rowsOf, type Timeline } from './timeline';

const timeline: Timeline = {
  today: '2026-06-11', targetDate: '2026-06-21',
  days: [{ date: '2026-06-01', foc: 3, ports: 0, verified: 0 }, { date: '2026-06-11', foc: 0, ports: 2, verified: 1 }],
  orders: [{ id: 'a', reference: 'PO-1', status: 'submitted', requestedDate: '2026-06-06' }, { id: 'b', reference: 'PO-2', status: 'draft', requestedDate: '2026-06-06' }],
  forecast: { left: 2, verified: 1, overDays: 1, end: '2026-06-13', by: 'rate' },
};

test('what happens stands where it is between the first day and the last', () => {
  const { from, to, tracks, lines } = drawingOf(timeline);
  expect([from, to]).toEqual(['2026-06-01', '2026-06-21']);
  expect(tracks.map(track => [track.lane, ...track.marks.map(mark => [mark.left, mark.count])])).toEqual([
    ['foc', [0, 3]], ['order', [25, 2]], ['port', [50, 2]], ['verified', [50, 1]],
  ]);
  expect(lines.map(line => [line.name, line.left])).toEqual([['today', 50], ['target', 100], ['forecast', 60]]);
});

test('a migration of which nothing is known yet has today alone', () => {
  const { tracks, lines } = drawingOf({ ...timeline, targetDate: null, days: [], orders: [], forecast: { left: 0, verified: 0, overDays: 0, end: null, by: 'unknown' } });
  expect(tracks).toEqual([]);
  expect(lines).toEqual([{ name: 'today', date: '2026-06-11', left: 50 }]);
});

test('the table has all that the drawing has, a day a row', () => {
  expect(rowsOf(timeline).map(row => [row.date, row.foc, row.ports, row.verified, row.orders.map(order => order.reference), row.is])).toEqual([
    ['2026-06-01', 3, 0, 0, [], []],
    ['2026-06-06', 0, 0, 0, ['PO-1', 'PO-2'], []],
    ['2026-06-11', 0, 2, 1, [], ['today']],
    ['2026-06-13', 0, 0, 0, [], ['forecast']],
    ['2026-06-21', 0, 0, 0, [], ['target']],
  ]);
});
