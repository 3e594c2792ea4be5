import { Button, Menu } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { saveFile } from '../../components/saveFile';
import { useToast } from '../../components/useToast';
import { useRecordsTexts } from './useRecordsTexts';

interface Props {
  readonly type: string;
  /** Of the list: filters, search, order. */
  readonly query: Readonly<Record<string, string>>;
}

/** All that the list finds, as a file. */
export function ExportMenu({ type, query }: Props) {
  const t = useRecordsTexts();
  const toast = useToast();
  const [isBusy, setBusy] = useState(false);
  const save = (format: 'csv' | 'xlsx') => {
    setBusy(true);
    const day = new Date().toISOString().slice(0, 10);
    const asked = new URLSearchParams({ ...query, format, ...(format === 'csv' && { bom: 'true' }) }).toString();
    saveFile(`/api/${type}/export?${asked}`, `${type}-${day}.${format}`)
      .then(() => toast.done(t('exported')), (error: unknown) => toast.failed(error, () => save(format)))
      .finally(() => setBusy(false));
  };
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target><Button variant="default" loading={isBusy} leftSection={<IconDownload size={16} aria-hidden />}>{t('export')}</Button></Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => save('csv')}>CSV</Menu.Item>
        <Menu.Item onClick={() => save('xlsx')}>Excel (XLSX)</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
