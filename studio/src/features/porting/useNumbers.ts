import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { LiveEvent } from '../../api/live';
import { useToast } from '../../components/useToast';
import { catchUp, numbersQuery, type Scope } from './numbers';
import { useEvents } from './useEvents';

const Types = ['phone-numbers'];

/** The numbers of a scope, as they are now: what happens meanwhile is read and put in. */
export function useNumbers(scope: Scope, isOn = true) {
  const toast = useToast();
  const numbers = useQuery({ ...numbersQuery(scope), enabled: isOn });
  const waiting = useRef<readonly LiveEvent[]>([]);
  const isBusy = numbers.isFetching;
  const settle = () => {
    const events = waiting.current;
    waiting.current = [];
    if (events.length > 0) catchUp(scope, events).catch((e: unknown) => toast.failed(e, () => void numbers.refetch()));
  };
  const latest = useRef(settle);
  useEffect(() => {
    latest.current = settle;
  });
  useEvents(Types, events => {
    waiting.current = waiting.current.concat(events);
    if (!isBusy) settle();
  });
  // What happened while they were being read may be missing in the pages that had come by then.
  useEffect(() => {
    if (!isBusy) latest.current();
  }, [isBusy]);
  return numbers;
}
