import { useCallback, useEffect, useRef, useState } from 'react';
import { api } from '../../api/client';
import type { Task } from './tasks';

export type Values = Readonly<Record<string, unknown>>;

/** `kept`: the service has all of it. */
export type DraftState = 'untouched' | 'saving' | 'kept' | 'failed';

const SaveAfter = 500;
const RetryAfter = 5000;

/**
 * What has been filled in so far. Each change goes to the service half a second later, one at a time, and again until it is
 * there, so that it can be gone on with on another device.
 */
export function useDraft(task: Task) {
  const [values, setValues] = useState<Values>(() => task.draft ?? task.data ?? {});
  const [state, setState] = useState<DraftState>('untouched');
  const [savedAt, setSavedAt] = useState(0);
  const latest = useRef(values);
  const saved = useRef(values);
  const isBusy = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const path = `/api/tasks/${task.id}/draft`;

  const save = useCallback(async () => {
    clearTimeout(timer.current);
    if (isBusy.current || latest.current === saved.current) return;
    isBusy.current = true;
    const sent = latest.current;
    try {
      await api(path, { method: 'PUT', body: sent });
      saved.current = sent;
      setSavedAt(Date.now());
      setState(latest.current === sent ? 'kept' : 'saving');
    } catch {
      setState('failed'); // shown beside the form; what was typed stays in it
    } finally {
      isBusy.current = false;
    }
    if (latest.current !== saved.current)
      timer.current = setTimeout(() => void save(), latest.current === sent ? RetryAfter : SaveAfter);
  }, [path]);

  const change = useCallback((next: Values) => {
    latest.current = next;
    setValues(next);
    setState('saving');
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void save(), SaveAfter);
  }, [save]);

  /** Nothing more to keep: it was completed. */
  const stop = useCallback(() => {
    clearTimeout(timer.current);
    saved.current = latest.current;
  }, []);

  // Who leaves within the half second leaves it saved.
  useEffect(() => () => void save(), [save]);
  return { values, change, stop, state, savedAt };
}
