import { Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import '@mantine/dropzone/styles.css';
import { IconDownload, IconFileSpreadsheet } from '@tabler/icons-react';
import { useState } from 'react';
import type { TypeDescription } from '../../api/types';
import { useToast } from '../../components/useToast';
import { saveSample } from './imports';
import { useImportsTexts } from './useImportsTexts';

interface Props {
  readonly type: TypeDescription;
  readonly onFile: (file: File) => void;
}

/** A file by dragging or choosing it, or rows from the clipboard. */
export function FileStep({ type, onFile }: Props) {
  const t = useImportsTexts();
  const toast = useToast();
  const sample = (format: 'csv' | 'xlsx') => void saveSample(type.name, format).catch((error: unknown) => toast.failed(error));
  const [pasted, setPasted] = useState('');
  const take = (files: readonly File[]) => {
    const [file] = files;
    if (file) onFile(file);
  };
  return (
    <Stack>
      <Dropzone onDrop={take} multiple={false} activateOnKeyboard={false} inputProps={{ 'aria-hidden': true }}>
        <Stack align="center" gap="xs" py="lg">
          <IconFileSpreadsheet size={40} stroke={1.4} aria-hidden />
          <Text fw={600} ta="center">{t('drop')}</Text>
          <Text size="sm" c="dimmed">{t('formats')}</Text>
          <Button variant="light">{t('chooseFile')}</Button> {/* its click is the zone's too */}
        </Stack>
      </Dropzone>
      <Textarea label={t('paste')} description={t('pasteHint')} autosize minRows={3} maxRows={10} value={pasted} onChange={event => setPasted(event.currentTarget.value)} />
      <Group justify="space-between">
        <Group gap="xs">
          <Button variant="subtle" leftSection={<IconDownload size={16} aria-hidden />} onClick={() => sample('csv')}>{t('sampleCsv')}</Button>
          <Button variant="subtle" leftSection={<IconDownload size={16} aria-hidden />} onClick={() => sample('xlsx')}>{t('sampleXlsx')}</Button>
        </Group>
        <Button disabled={pasted.trim() === ''} onClick={() => onFile(new File([pasted], t('pastedName'), { type: 'text/csv' }))}>{t('usePasted')}</Button>
      </Group>
    </Stack>
  );
}
