import { IconZzz } from '@tabler/icons-react';
import { Chip } from '../../components/Chip';
import { dateTimeInFull, spanOf, useNow } from '../../components/time';
import { useComponentTexts } from '../../components/useComponentTexts';
import { useLanguage } from '../../text/text';
import { isWaiting } from './snooze';
import type { Task } from './tasks';
import { useInboxTexts } from './useInboxTexts';

/** That a task is put aside, and for how long. */
export function WaitingChip({ task }: { readonly task: Task }) {
  const t = useInboxTexts();
  const common = useComponentTexts();
  const language = useLanguage();
  const now = useNow();
  if (task.followUpAt === null || !isWaiting(task, now)) return null;
  const span = spanOf(new Date(task.followUpAt).getTime() - now);
  return (
    <Chip tone="plain" title={dateTimeInFull(task.followUpAt, language)} icon={<IconZzz size={14} aria-hidden />}>
      {t('waiting', { time: common(`time.${span.unit}`, { n: span.count }) })}
    </Chip>
  );
}
