import { Table, Text } from '@mantine/core';
import type { Counts } from './imports';
import { useImportsTexts } from './useImportsTexts';

interface Props {
  readonly counts: Pick<Counts, 'created' | 'updated' | 'skipped' | 'failed'> & Partial<Counts>;
  /** Rows of the file; null while that is not known. */
  readonly total: number | null;
  readonly isTrial: boolean;
}

/** What became of the rows, or would: the counts add up to the rows of the file. */
export function Outcome({ counts, total, isTrial }: Props) {
  const t = useImportsTexts();
  const rows = (['created', 'updated', 'skipped', 'failed'] as const).map(name => ({ name, count: counts[name] }));
  const byCode = Object.entries(counts.failedByCode ?? {});
  return (
    <div>
      <Table maw={420} verticalSpacing={4} captionSide="top" aria-label={t('outcome')}>
        <Table.Caption>{t(isTrial ? 'outcomeTrial' : 'outcome')}</Table.Caption>
        <Table.Tbody>
          {rows.map(({ name, count }) => (
            <Table.Tr key={name}><Table.Th scope="row">{t(`count.${name}`)}</Table.Th><Table.Td ta="end">{count}</Table.Td></Table.Tr>
          ))}
          <Table.Tr><Table.Th scope="row">{t('count.all')}</Table.Th><Table.Td ta="end" fw={600}>{total ?? rows.reduce((sum, row) => sum + row.count, 0)}</Table.Td></Table.Tr>
        </Table.Tbody>
      </Table>
      {byCode.length > 0 && <Text size="sm" mt="xs">{t('byCode', { codes: byCode.map(([code, count]) => `${code.replaceAll('_', ' ')} (${count})`).join(', ') })}</Text>}
      {(counts.ignoredColumns ?? []).length > 0 && <Text size="sm" c="dimmed">{t('ignored', { columns: (counts.ignoredColumns ?? []).join(', ') })}</Text>}
    </div>
  );
}
