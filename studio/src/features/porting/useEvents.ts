import { useEffect, useRef } from 'react';
import { live, type LiveEvent } from '../../api/live';

/** A thousand numbers that somebody moves at once are a thousand events, and one thing to look at again. */
const Pause = 400;

/** Tells of what happens to records of some types, several events at a time; `types` is a constant of the caller. */
export function useEvents(types: readonly string[], tell: (events: readonly LiveEvent[]) => void): void {
  const latest = useRef(tell);
  useEffect(() => {
    latest.current = tell;
  });
  useEffect(() => {
    let waiting: LiveEvent[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
      const events = waiting;
      waiting = [];
      timer = undefined;
      latest.current(events);
    };
    const stop = live.onEvent(event => {
      if (!event.subject || !types.includes(event.subject.type)) return;
      waiting.push(event);
      timer ??= setTimeout(flush, Pause);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [types]);
}
