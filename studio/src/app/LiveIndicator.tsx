import { Tooltip, VisuallyHidden } from '@mantine/core';
import { IconBolt, IconBoltOff, IconLoader2 } from '@tabler/icons-react';
import { useSyncExternalStore } from 'react';
import { live } from '../api/live';
import styles from './LiveIndicator.module.css';
import { useAppTexts } from './useAppTexts';

const icons = { live: IconBolt, connecting: IconLoader2, lost: IconBoltOff, off: IconBoltOff };

/** Whether what others do appears here at once. Quiet while it does. */
export function LiveIndicator() {
  const t = useAppTexts();
  const state = useSyncExternalStore(watcher => live.watch(watcher), () => live.state);
  const Icon = icons[state];
  return (
    <Tooltip label={t(`live.explain.${state}`)} multiline maw={260}>
      <span className={styles.state} data-state={state} role="status">
        <Icon size={17} aria-hidden />
        {state === 'lost' ? <span className={styles.word}>{t('live.lost')}</span> : <VisuallyHidden>{t(`live.${state}`)}</VisuallyHidden>}
      </span>
    </Tooltip>
  );
}
