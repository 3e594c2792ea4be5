import { IconAlertTriangle, IconClock, IconFlame } from '@tabler/icons-react';
import { useLanguage } from '../text/text';
import { Chip } from './Chip';
import { dateTimeInFull, spanOf, useNow } from './time';
import { useComponentTexts } from './useComponentTexts';

interface Props {
  readonly dueAt: string | null | undefined;
  /** How much of the time is gone, in percent; from 75 on it is said with more weight. */
  readonly risk?: number;
}

/** When something is due, in words, a shape and a colour. */
export function DueChip({ dueAt, risk = 0 }: Props) {
  const t = useComponentTexts();
  const language = useLanguage();
  const now = useNow();
  if (!dueAt) return <Chip tone="plain">{t('due.none')}</Chip>;
  const left = new Date(dueAt).getTime() - now;
  const span = spanOf(left);
  const time = t(`time.${span.unit}`, { n: span.count });
  const title = dateTimeInFull(dueAt, language);
  if (left < 0) return <Chip tone="bad" title={title} icon={<IconFlame size={14} aria-hidden />}>{t('due.late', { time })}</Chip>;
  if (risk >= 75) return <Chip tone="warn" title={title} icon={<IconAlertTriangle size={14} aria-hidden />}>{t('due.soon', { time })}</Chip>;
  return <Chip tone="good" title={title} icon={<IconClock size={14} aria-hidden />}>{t('due.later', { time })}</Chip>;
}
