import { useComputedColorScheme } from '@mantine/core';
import { useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { session } from '../../api/session';
import { useAppHistory } from '../../components/useUrl';
import styles from './DesignerFrame.module.css';
import { useDesignerTexts } from './useDesignerTexts';

const Here = '/processes/';

/**
 * Elsa Studio in its frame. Its address is ours: `/processes/definitions/{id}` shows `/designer/definitions/{id}`, and where
 * somebody goes inside, the address follows. While it is not shown it shows nothing, but stays: Studio takes seconds to start.
 * docs/designer.md has the messages.
 */
export default function DesignerFrame({ isShown }: { readonly isShown: boolean }) {
  const t = useDesignerTexts();
  const history = useAppHistory();
  const path = useRouterState({ select: state => state.location.href }).slice(Here.length);
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const frame = useRef<HTMLIFrameElement>(null);
  const first = useRef(path);
  const shown = useRef<string | null>(path); // null: nothing, somebody is elsewhere

  useEffect(() => {
    const say = (message: object) => frame.current?.contentWindow?.postMessage(message, location.origin);
    const handOver = () => {
      const { accessToken, tenantId } = session.current ?? {};
      if (accessToken) say({ designer: 'session', accessToken, tenantId });
    };
    const hear = (event: MessageEvent) => {
      if (event.origin !== location.origin || event.source !== frame.current?.contentWindow) return;
      const message = event.data as { designer?: string; path?: string };
      if (message.designer === 'ready') {
        say(toShow(shown.current)); // it may be another than when the frame was asked for
        handOver();
        say({ designer: 'theme', theme: document.documentElement.dataset['mantineColorScheme'] });
      } else if (message.designer === 'refused') {
        void session.renew(session.current?.accessToken ?? '').then(handOver);
      } else if (message.designer === 'navigated' && message.path !== undefined && shown.current !== null && message.path !== shown.current) {
        shown.current = message.path;
        history.replace(Here + message.path); // the frame has made its own step in the history
      }
    };
    window.addEventListener('message', hear);
    const stop = session.subscribe(handOver);
    return () => {
      window.removeEventListener('message', hear);
      stop();
    };
  }, [history]);

  useEffect(() => {
    const next = isShown ? path : null;
    if (next === shown.current) return;
    shown.current = next;
    frame.current?.contentWindow?.postMessage(toShow(next), location.origin);
  }, [isShown, path]);

  useEffect(() => {
    frame.current?.contentWindow?.postMessage({ designer: 'theme', theme: scheme }, location.origin);
  }, [scheme]);

  return <iframe ref={frame} className={styles.frame} hidden={!isShown} title={t('frame')} src={`/designer/${first.current}`} />;
}

function toShow(path: string | null) {
  return path === null ? { designer: 'leave' } : { designer: 'show', path };
}
