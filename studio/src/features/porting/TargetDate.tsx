import { Flex } from '@mantine/core';
import { IconClock, IconFlame } from '@tabler/icons-react';
import { Chip } from '../../components/Chip';
import { date } from '../../components/time';
import { useLanguage } from '../../text/text';
import type { MigrationRow } from './porting';
import { isOver } from './states';
import { usePortingTexts } from './usePortingTexts';

const Near = 7;

interface Props {
  readonly row: Pick<MigrationRow, 'targetDate' | 'daysLeft' | 'status'>;
}

/** The day that is aimed at, and how many days of the site that is away. */
export function TargetDate({ row }: Props) {
  const language = useLanguage();
  if (row.targetDate === null) return null;
  return (
    <Flex gap={4} wrap="wrap">
      <span>{date(`${row.targetDate}T12:00`, language)}</span>
      <DaysLeft row={row} />
    </Flex>
  );
}

export function DaysLeft({ row: { daysLeft, status } }: Props) {
  const t = usePortingTexts();
  if (daysLeft === null || isOver(status)) return null;
  if (daysLeft < 0) return <Chip tone="bad" icon={<IconFlame size={14} aria-hidden />}>{t('daysLate', { count: -daysLeft })}</Chip>;
  return <Chip tone={daysLeft <= Near ? 'warn' : 'plain'} icon={<IconClock size={14} aria-hidden />}>{daysLeft === 0 ? t('today') : t('daysLeft', { count: daysLeft })}</Chip>;
}
