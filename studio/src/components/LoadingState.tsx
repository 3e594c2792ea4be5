import { Skeleton, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import styles from './states.module.css';
import { useComponentTexts } from './useComponentTexts';

/** After this long, in milliseconds, somebody wonders whether anything happens at all. */
const SlowAfter = 4000;

/** The place of what is on its way, in the form that it will have: lines. If it is long in coming, that is said. */
export function LoadingState({ lines = 8 }: { readonly lines?: number }) {
  const t = useComponentTexts();
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SlowAfter);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={styles.loading} role="status" aria-label={t('loading')}>
      {isSlow && <Text size="sm">{t('slow')}</Text>}
      {Array.from({ length: lines }, (_, i) => <Skeleton key={i} height={i === 0 ? 28 : 18} width={`${90 - (i * 17) % 40}%`} radius="sm" />)}
    </div>
  );
}
