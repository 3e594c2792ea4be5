import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react';
import type { Sending, Sent } from '../api/client';
import { UploadProgress } from './UploadProgress';

/** Sends something large: how far that is, with a way to stop it. Leaving the page stops it, too. */
export function useUpload(): { readonly upload: <T>(send: (going: Sending) => Promise<T>) => Promise<T | null>; readonly progress: ReactNode } {
  const [sent, setSent] = useState<Sent | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  /** Null when it was stopped. */
  const upload = useCallback(async <T,>(send: (going: Sending) => Promise<T>) => {
    const own = running.current = new AbortController();
    try {
      return await send({ signal: own.signal, onSent: setSent });
    } catch (e) {
      if (own.signal.aborted) return null;
      throw e;
    } finally {
      setSent(null);
    }
  }, []);
  return { upload, progress: sent && <UploadProgress sent={sent} onCancel={() => running.current?.abort()} /> };
}
