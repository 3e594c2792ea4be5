import { Button, Group, Table, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { apiHead } from '../../api/client';
import { ErrorNotice } from '../../components/ErrorNotice';
import { saveFile } from '../../components/saveFile';
import { useToast } from '../../components/useToast';
import { refusedOf } from './errorFile';
import { useImportsTexts } from './useImportsTexts';

interface Props {
  readonly batchId: string;
  readonly fileName: string;
  readonly count: number;
}

const Shown = 20;
const HeadBytes = 64_000;

/** The first refused rows with their reasons; all of them in a file, which can be mended and imported as it is. */
export function RefusedRows({ batchId, fileName, count }: Props) {
  const t = useImportsTexts();
  const toast = useToast();
  const path = `/api/import-batches/${batchId}/errors`;
  const head = useQuery({ queryKey: ['import-errors', batchId, count], queryFn: ({ signal }) => apiHead(path, HeadBytes, signal) });
  const rows = head.data === undefined ? [] : refusedOf(head.data, Shown);
  return (
    <section aria-label={t('refused')}>
      <Group justify="space-between" mb="xs">
        <Text fw={600}>{t('refusedFirst', { shown: rows.length, count })}</Text>
        <Button size="xs" variant="default" leftSection={<IconDownload size={15} aria-hidden />}
          onClick={() => void saveFile(path, `${fileName.replace(/\.[^.]*$/, '')}-errors.csv`).catch((error: unknown) => toast.failed(error))}>{t('download')}</Button>
      </Group>
      {head.isError && <ErrorNotice error={head.error} onRetry={() => void head.refetch()} />}
      <Table.ScrollContainer minWidth={420} mah={360}>
        <Table verticalSpacing={4}>
          <Table.Thead><Table.Tr><Table.Th>{t('line')}</Table.Th><Table.Th>{t('field')}</Table.Th><Table.Th>{t('reason')}</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {rows.map((row, i) => <Table.Tr key={i}><Table.Td>{row.line}</Table.Td><Table.Td>{row.field}</Table.Td><Table.Td>{row.reason}</Table.Td></Table.Tr>)}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </section>
  );
}
