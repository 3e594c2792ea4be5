import { ActionIcon, Group, List, Stack, Table, Text } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { ErrorNotice } from '../../../components/ErrorNotice';
import { LoadingState } from '../../../components/LoadingState';
import { useUrlState } from '../../../components/useUrl';
import { date } from '../../../components/time';
import { useLanguage } from '../../../text/text';
import type { ArtefactProblem } from '../artefacts';
import { Problems } from '../Checks';
import { useArtefactsTexts } from '../useArtefactsTexts';
import { daysQuery, weekdayOf, weekOf } from './days';
import { Months } from './Months';

interface Props {
  readonly artefactKey: string;
  readonly hash: string;
  readonly problems: readonly ArtefactProblem[];
}

/** The hours of a week, a year of days, and its holidays. The year is in the address. */
export function CalendarView({ artefactKey, hash, problems }: Props) {
  const t = useArtefactsTexts();
  const language = useLanguage();
  const [url, setUrl] = useUrlState();
  const year = Number(url['year'] ?? new Date().getFullYear());
  const days = useQuery({ ...daysQuery(artefactKey, hash, year), placeholderData: previous => previous });
  if (days.isPending) return <LoadingState />;
  if (days.isError) return <ErrorNotice error={days.error} onRetry={() => void days.refetch()} />;
  const holidays = days.data.items.filter(day => day.holiday !== null);
  return (
    <Stack gap="sm">
      <Problems problems={problems} />
      <Text size="sm" c="dimmed">{t('timezone', { zone: days.data.timezone })}</Text>
      <Table aria-label={t('week')} verticalSpacing={4}>
        <Table.Tbody>
          {weekOf(days.data.items).map(day => (
            <Table.Tr key={day.date}>
              <Table.Th scope="row">{weekday(day.date, language, 'long')}</Table.Th>
              <Table.Td>{day.open.length === 0 ? t('closed') : day.open.map(hours => `${hours.open}–${hours.close}`).join(', ')}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Group justify="center" gap="xs">
        <ActionIcon variant="subtle" aria-label={t('yearBefore')} onClick={() => setUrl({ year: String(year - 1) })}><IconChevronLeft size={18} aria-hidden /></ActionIcon>
        <Text fw={600}>{String(year)}</Text>
        <ActionIcon variant="subtle" aria-label={t('yearAfter')} onClick={() => setUrl({ year: String(year + 1) })}><IconChevronRight size={18} aria-hidden /></ActionIcon>
      </Group>
      <Months days={days.data.items} />
      {holidays.length === 0 ? <Text size="sm" c="dimmed">{t('noHolidays')}</Text> : (
        <List size="sm" aria-label={t('holidays')}>{holidays.map(day => <List.Item key={day.date}>{date(`${day.date}T12:00`, language)}: {day.holiday}</List.Item>)}</List>
      )}
    </Stack>
  );
}

export function weekday(day: string, language: string, style: 'long' | 'narrow'): string {
  return new Intl.DateTimeFormat(language, { weekday: style, timeZone: 'UTC' }).format(Date.UTC(2024, 0, 1 + weekdayOf(day)));
}
