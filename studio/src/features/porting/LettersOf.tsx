import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client';
import type { Page } from '../../api/records';
import { ErrorNotice } from '../../components/ErrorNotice';
import { FileLink, type FileRecord } from './FileLink';
import styles from './porting.module.css';
import { Card } from '../../components/Card';
import { usePortingTexts } from './usePortingTexts';

/** Every file of one number. */
export function LettersOf({ numberId }: { readonly numberId: string }) {
  const t = usePortingTexts();
  const files = useQuery({
    queryKey: ['records', 'phone-numbers', numberId, 'files'],
    queryFn: ({ signal }) => api<Page<FileRecord>>(`/api/phone-numbers/${numberId}/files?sort=-createdAt&limit=100`, { signal }),
  });
  return (
    <Card title={t('letters')}>
      {files.isError && <ErrorNotice error={files.error} onRetry={() => void files.refetch()} />}
      {files.data?.items.length === 0 && <Text size="sm" c="dimmed">{t('noLetters')}</Text>}
      <ul className={styles.list}>{(files.data?.items ?? []).map(file => <li key={file.id}><FileLink type="phone-numbers" file={file} /></li>)}</ul>
    </Card>
  );
}
