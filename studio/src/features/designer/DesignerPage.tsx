import { useComputedColorScheme } from '@mantine/core';
import { useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { session } from '../../api/session';
import { useAppHistory } from '../../components/useUrl';
import styles from './DesignerPage.module.css';
import { useDesignerTexts } from './useDesignerTexts';

const Here = '/processes/';

/**
 * Elsa Studio in its frame. Its address is ours: `/processes/definitions/{id}` shows `/designer/definitions/{id}`, and where
 * somebody goes inside, the address follows. docs/designer.md has the messages.
 */
export default function DesignerPage() {
  const t = useDesignerTexts();
  const history = useAppHistory();
  const path = useRouterState({ select: state => state.location.pathname }).slice(Here.length);
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const frame = useRef<HTMLIFrameElement>(null);
  const shown = useRef(path);
  const first = useRef(path);

  useEffect(() => {
    document.title = `${t('title')} · Switchboard`;
  }, [t]);

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
        handOver();
        say({ designer: 'theme', theme: document.documentElement.dataset['mantineColorScheme'] });
      } else if (message.designer === 'refused') {
        void session.renew(session.current?.accessToken ?? '').then(handOver);
      } else if (message.designer === 'navigated' && message.path !== undefined && message.path !== shown.current) {
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
    if (path === shown.current) return;
    shown.current = path;
    frame.current?.contentWindow?.postMessage({ designer: 'show', path }, location.origin);
  }, [path]);

  useEffect(() => {
    frame.current?.contentWindow?.postMessage({ designer: 'theme', theme: scheme }, location.origin);
  }, [scheme]);

  return (
    <div className={styles.page}>
      <h1 className={styles.heading}>{t('title')}</h1>
      <iframe ref={frame} className={styles.frame} title={t('frame')} src={`/designer/${first.current}`} />
    </div>
  );
}
