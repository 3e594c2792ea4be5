import { Button, FileButton, Group, Text } from '@mantine/core';
import { IconPaperclip } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client';
import { queryClient } from '../../api/query';
import type { AnyRecord, Page } from '../../api/records';
import { ErrorNotice } from '../../components/ErrorNotice';
import { saveFile } from '../../components/saveFile';
import { useToast } from '../../components/useToast';
import { useUpload } from '../../components/useUpload';
import { When } from '../../components/When';
import { useLanguage } from '../../text/text';
import { Card } from '../../components/Card';
import styles from './records.module.css';
import { useRecordsTexts } from './useRecordsTexts';

interface FileRecord extends AnyRecord {
  readonly name: string;
  readonly sizeBytes: number;
}

interface Props {
  readonly type: string;
  readonly id: string;
  readonly mayWrite: boolean;
}

/** The files of a record. */
export function FilesCard({ type, id, mayWrite }: Props) {
  const t = useRecordsTexts();
  const language = useLanguage();
  const toast = useToast();
  const [isBusy, setBusy] = useState(false);
  const { upload, progress } = useUpload();
  const key = ['records', type, id, 'files'];
  const path = `/api/${type}/${id}/files`;
  const found = useQuery({ queryKey: key, queryFn: ({ signal }) => api<Page<FileRecord>>(`${path}?limit=100&sort=-createdAt`, { signal }) });
  const refresh = () => queryClient.invalidateQueries({ queryKey: key });
  const remove = (file: FileRecord) => api(`${path}/${file.id}`, { method: 'DELETE' }).then(refresh);
  const attach = (content: File | null) => {
    if (content === null) return;
    const body = new FormData();
    body.append('file', content);
    setBusy(true);
    upload(going => api<FileRecord>(path, { method: 'POST', body, ...going }))
      .then(async file => {
        if (file === null) return;
        await refresh();
        toast.done(t('fileAttached', { name: file.name }), () => remove(file));
      })
      .catch((error: unknown) => toast.failed(error, () => attach(content)))
      .finally(() => setBusy(false));
  };
  return (
    <Card title={t('files')} actions={mayWrite && (
      <FileButton onChange={attach}>
        {props => <Button {...props} size="xs" variant="default" loading={isBusy} leftSection={<IconPaperclip size={15} aria-hidden />}>{t('fileAttach')}</Button>}
      </FileButton>
    )}>
      {progress}
      {found.isError && <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />}
      {found.data?.items.length === 0 && <Text size="sm" c="dimmed">{t('filesNone')}</Text>}
      <ul className={styles.entries}>
        {found.data?.items.map(file => (
          <li key={file.id}>
            <Group gap="xs" justify="space-between" wrap="nowrap">
              <Button size="compact-sm" variant="subtle" onClick={() => void saveFile(`${path}/${file.id}`, file.name).catch((error: unknown) => toast.failed(error))}>{file.name}</Button>
              <Group gap="xs" wrap="nowrap">
                <Text size="xs" c="dimmed">{Math.ceil(file.sizeBytes / 1000).toLocaleString(language)} kB · <When at={file.createdAt} short /></Text>
                {mayWrite && (
                  <Button size="compact-xs" variant="subtle" color="gray" aria-label={t('fileDelete', { name: file.name })}
                    onClick={() => void remove(file).then(() => toast.done(t('deleted', { name: file.name })), (error: unknown) => toast.failed(error))}>{t('delete')}</Button>
                )}
              </Group>
            </Group>
          </li>
        ))}
      </ul>
    </Card>
  );
}
