import { Skeleton } from '@mantine/core';
import styles from './states.module.css';
import { useComponentTexts } from './useComponentTexts';

/** The place of what is on its way, in the form that it will have: lines. */
export function LoadingState({ lines = 8 }: { readonly lines?: number }) {
  const t = useComponentTexts();
  return (
    <div className={styles.loading} role="status" aria-label={t('loading')}>
      {Array.from({ length: lines }, (_, i) => <Skeleton key={i} height={i === 0 ? 28 : 18} width={`${90 - (i * 17) % 40}%`} radius="sm" />)}
    </div>
  );
}
