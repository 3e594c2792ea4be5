import { Flex } from '@mantine/core';
import { IconClock, IconFlame } from '@tabler/icons-react';
import { Chip } from '../../components/Chip';
import { date } from '../../components/time';
import { useLanguage } from '../../text/text';
import type { MigrationRow } from './porting';
import { isOver } from './states';
import { usePortingTexts } from './usePortingTexts';

const Near = 7;

/** The day that is aimed at, and how many days of the site that is away. */
export function TargetDate({ row }: { readonly row: Pick<MigrationRow, 'targetDate' | 'daysLeft' | 'status'> }) {
  const t = usePortingTexts();
  const language = useLanguage();
  if (row.targetDate === null) return null;
  return (
    <Flex gap={4} wrap="wrap">
      <span>{date(`${row.targetDate}T12:00`, language)}</span>
      {row.daysLeft !== null && !isOver(row.status) && (row.daysLeft < 0
        ? <Chip tone="bad" icon={<IconFlame size={14} aria-hidden />}>{t('daysLate', { count: -row.daysLeft })}</Chip>
        : <Chip tone={row.daysLeft <= Near ? 'warn' : 'plain'} icon={<IconClock size={14} aria-hidden />}>{row.daysLeft === 0 ? t('today') : t('daysLeft', { count: row.daysLeft })}</Chip>)}
    </Flex>
  );
}
