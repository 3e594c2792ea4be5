import { expect, it } from 'vitest';
import { joined } from '../../components/actions/bulk';
import { ageOf, lanesOf, MostSwimlanes, stepTo, swimlanesOf, type BoardItem } from './board';
import { fits, filtersOf, migrationsOf, sorted } from './filters';
import { merged } from './numbers';
import type { PhoneNumber } from './porting';
import { countBy, statesOf } from './states';

function number(id: string, values: Partial<PhoneNumber> = {}): PhoneNumber {
  return {
    id, version: 1, createdAt: '2026-11-01T00:00:00Z', updatedAt: '2026-11-01T00:00:00Z', number: `+1617555${id}`, type: 'user', migrationId: 'm', endUserId: null,
    resourceAccountId: null, currentCarrier: 'Lumen', status: 'not_started', attempt: 0, rejectionCode: null, loaSubmittedAt: null, focDate: null, portDate: null,
    portedAt: null, verifiedAt: null, ...values,
  };
}

function item(id: string, values: Partial<BoardItem> = {}): BoardItem {
  return { id, name: id, status: 'not_started', facts: '', group: '', ...values };
}

const lifecycle = { states: ['not_started', 'loa_submitted', 'verified'], actions: [{ name: 'submit_loa', label: 'Submit LOA', from: 'not_started', to: 'loa_submitted' }] };

it('finds the way from one lane to another, and says when there is none', () => {
  expect(stepTo(lifecycle, 'not_started', 'loa_submitted')?.name).toBe('submit_loa');
  expect(stepTo(lifecycle, 'not_started', 'verified')).toBeUndefined();
});

it('puts a card that is on its way where it goes, and keeps lanes that only an older lifecycle has', () => {
  const items = [item('1'), item('2'), item('3', { status: 'courtesy_call' })];
  const states = statesOf(lifecycle.states, countBy(items, one => one.status).keys());
  const lanes = lanesOf(states, items, new Map([['2', 'loa_submitted']]));
  expect([...lanes].map(([state, cards]) => [state, cards.map(card => card.id).join(' ')])).toEqual([
    ['not_started', '1'], ['loa_submitted', '2'], ['verified', ''], ['courtesy_call', '3'],
  ]);
});

it('puts cards into swim lanes by name, what has none last, and the smallest together when there are many', () => {
  const few = ['Boston', '', 'Austin'].map((group, i) => item(String(i), { group }));
  expect(swimlanesOf(few, 'Others').map(lane => lane.group)).toEqual(['Austin', 'Boston', '']);
  const many = Array.from({ length: 2 * MostSwimlanes }, (_, i) => item(String(i), { group: `Site ${i % (MostSwimlanes + 5)}` }));
  const lanes = swimlanesOf(many, 'Others');
  expect(lanes.length).toBe(MostSwimlanes);
  expect(lanes.at(-1)?.group).toBe('Others');
  expect(lanes.flatMap(lane => lane.items).length).toBe(many.length);
  expect(lanes.at(-1)?.items.length).toBe(6);
});

it('says when a number has been in a state for long, unless nothing is left to do', () => {
  const now = Date.parse('2026-11-15T12:00:00Z');
  expect(ageOf(number('1'), now)).toEqual({ days: 14, tone: 'bad' });
  expect(ageOf(number('1', { updatedAt: '2026-11-08T00:00:00Z' }), now)).toEqual({ days: 7, tone: 'warn' });
  expect(ageOf(number('1', { status: 'verified' }), now)).toEqual({ days: 14, tone: 'plain' });
});

it('filters by what the address says', () => {
  const fit = (search: Record<string, string>, values: Partial<PhoneNumber> = {}) => fits(number('2001', values), filtersOf(search));
  expect(fit({})).toBe(true);
  expect(fit({ carrier: 'AT&T' })).toBe(false);
  expect(fit({ q: ' LUMEN ' })).toBe(true);
  expect(fit({ q: '2001' })).toBe(true);
  expect(fit({ unassigned: 'true' })).toBe(true);
  expect(fit({ unassigned: 'true' }, { endUserId: 'u' })).toBe(false);
  expect(fit({ unassigned: 'true' }, { type: 'fax' })).toBe(false);
});

it('takes the migrations of a site', () => {
  const row = { name: '', status: '', totalNumbers: 0, portedNumbers: 0, totalUsers: 0, configuredUsers: 0, progress: 0, targetDate: null, daysLeft: null };
  const all = [{ ...row, id: 'a', site: 'Boston' }, { ...row, id: 'b', site: 'Denver' }];
  expect(migrationsOf({}, all)).toBeNull();
  expect(migrationsOf({ site: 'Denver' }, all)).toEqual(['b']);
  expect(migrationsOf({ site: 'Denver', migration: 'a' }, all)).toEqual(['a']);
});

it('joins the answers about many numbers, and keeps apart what asks for other data', () => {
  const retry = { name: 'retry', label: 'Retry', permission: 'phone-numbers:act' };
  expect(joined([{ ...retry, ids: ['1'] }, { ...retry, fields: [{ name: 'why' }], ids: ['2'] }, { ...retry, ids: ['3'] }])).toEqual([
    { ...retry, ids: ['1', '3'] }, { ...retry, fields: [{ name: 'why' }], ids: ['2'] },
  ]);
});

it('puts news into the numbers in their places, never older ones, and takes away what is gone', () => {
  const rows = [number('1'), number('2', { version: 3 }), number('3')];
  const news = new Map([number('1', { version: 2, status: 'loa_submitted' }), number('2', { version: 2 }), number('4')].map(one => [one.id, one]));
  expect(merged(rows, news, new Set(['3'])).map(one => `${one.id} ${one.version} ${one.status}`)).toEqual(['1 2 loa_submitted', '2 3 not_started', '4 1 not_started']);
});

it('sorts by a field either way, states in their own order, and what has no value last', () => {
  const numbers = [number('1', { status: 'verified' }), number('2', { portDate: '2026-12-02' }), number('3', { portDate: '2026-12-01', status: 'loa_submitted' })];
  const by = (sort: string) => sorted(numbers, sort, lifecycle.states).map(one => one.id).join(' ');
  expect(by('-number')).toBe('3 2 1');
  expect(by('status')).toBe('2 3 1');
  expect(by('portDate')).toBe('3 2 1');
  expect(by('-portDate')).toBe('2 3 1');
});
