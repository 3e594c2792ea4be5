// @vitest-environment jsdom
import { act, renderHook } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import { useChanges } from './useChanges';

beforeEach(() => sessionStorage.clear());

test('what was typed is there after a reload, until it is saved', () => {
  const first = renderHook(() => useChanges('sites/1', 1));
  act(() => first.result.current.put('name', 'North', 'South'));
  first.unmount();

  const again = renderHook(() => useChanges('sites/1', 1));
  expect(again.result.current.changes).toEqual({ name: 'North' });
  expect(renderHook(() => useChanges('sites/2', 1)).result.current.changes).toEqual({});

  act(() => again.result.current.clear());
  expect(renderHook(() => useChanges('sites/1', 1)).result.current.changes).toEqual({});
});

test('a value that is as it was is no change', () => {
  const { result } = renderHook(() => useChanges('sites/1', 1));
  act(() => result.current.put('name', 'North', 'South'));
  act(() => result.current.put('city', null, undefined));
  act(() => result.current.put('name', 'South', 'South'));
  expect(result.current.changes).toEqual({});
});

test('changes are of what was shown when they were begun, not of what others have saved since', () => {
  const { result, rerender } = renderHook(({ version }) => useChanges('sites/1', version), { initialProps: { version: 1 } });
  rerender({ version: 2 });
  expect(result.current.base).toBe(2);
  act(() => result.current.put('city', 'Dallas', null));
  rerender({ version: 3 });
  expect(result.current.base).toBe(2);
  act(() => result.current.clear());
  expect(result.current.base).toBe(3);
});
