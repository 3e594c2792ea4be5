import { Progress as Bar, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { useComponentTexts } from '../../components/useComponentTexts';
import { spanOf } from '../../components/time';
import { markOf, pace, type Mark, type Operation } from './imports';
import { useImportsTexts } from './useImportsTexts';

/** How far it is, how fast, and how long it will take. */
export function Progress({ operation, label }: { readonly operation: Operation; readonly label: string }) {
  const t = useImportsTexts();
  const common = useComponentTexts();
  const { done, total } = operation.progress;
  const [since, setSince] = useState<Mark | null>(null);
  const mark = markOf(since, operation);
  if (mark !== since) setSince(mark);
  const speed = mark && pace(operation, mark);
  const left = speed && (speed.secondsLeft < 90 ? t('secondsLeft', { n: speed.secondsLeft }) : common(`time.${spanOf(speed.secondsLeft * 1000).unit}`, { n: spanOf(speed.secondsLeft * 1000).count }));
  return (
    <div>
      <Group justify="space-between" mb={4}>
        <Text size="sm" role="status">{total === null ? t('counting') : t('progress', { done, total })}</Text>
        {speed && <Text size="sm" c="dimmed">{t('speed', { perSecond: speed.perSecond, left: left ?? '' })}</Text>}
      </Group>
      <Bar value={total === null ? 100 : 100 * done / Math.max(total, 1)} animated={!operation.isPaused} aria-label={label} />
    </div>
  );
}
