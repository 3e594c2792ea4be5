import { expect, it } from 'vitest';
import { blockedBy, instantOf } from './blocked';

const problem = (severity: 'error' | 'warning') => ({ severity, code: 'x', message: 'x', line: null, column: null, row: null, property: null, element: null });
const clean = { valid: true, problems: [problem('warning')], breaks: [] };
const passed = { passed: true, tests: [{ name: 'one', passed: true, detail: null }] };

it('lets pass what has but warnings', () => expect(blockedBy(clean, passed)).toEqual([]));

it('names every reason', () => {
  const reasons = blockedBy(
    { valid: false, problems: [problem('error'), problem('warning')], breaks: [{ kind: 'workflow', key: 'user', place: '', reason: null }] },
    { passed: false, tests: [{ name: 'one', passed: false, detail: 'no' }, { name: 'two', passed: true, detail: null }] });
  expect(reasons.map(one => `${one.reason} ${one.count} ${one.names}`)).toEqual(['blockedErrors 1 ', 'blockedTests 1 one', 'blockedBreaks 1 user']);
});

it('takes a local time for an instant, and none for at once', () => {
  expect(instantOf('')).toBeNull();
  expect(instantOf('2026-12-01T09:30')).toBe(new Date(2026, 11, 1, 9, 30).toISOString());
});
