import { Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMay } from '../../api/me';
import { recordPageQuery } from '../../api/records';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { When } from '../../components/When';
import { FileLink, type FileRecord } from './FileLink';
import type { PhoneNumber } from './porting';
import styles from './porting.module.css';
import { Card } from '../../components/Card';
import { StatusChip } from './StatusChip';
import { usePortingTexts } from './usePortingTexts';

/** A number's own page has all of its letters. */
const Shown = '10';

/** The letters of authorization that went to the losing carriers last. */
export function LettersSection({ migrationId }: { readonly migrationId: string }) {
  const t = usePortingTexts();
  const may = useMay();
  const numbers = useQuery(recordPageQuery<PhoneNumber>('phone-numbers', { migrationId, 'attempt[gt]': '0', sort: '-loaSubmittedAt', limit: Shown }));
  const ids = (numbers.data?.items ?? []).map(number => number.id);
  const files = useQuery({
    ...recordPageQuery<FileRecord>('files', { ownerType: 'phone-numbers', 'ownerId[in]': ids.join(','), sort: '-createdAt', limit: '100' }),
    enabled: ids.length > 0 && may('files:read'),
  });
  const error = numbers.error ?? files.error;
  return (
    <Card title={t('letters')}>
      {error !== null && <ErrorNotice error={error} onRetry={() => void (numbers.isError ? numbers : files).refetch()} />}
      {numbers.isPending && <LoadingState lines={3} />}
      {numbers.data && ids.length === 0 && <Text size="sm" c="dimmed">{t('noLetters')}</Text>}
      <ul className={styles.list}>
        {(numbers.data?.items ?? []).map(number => (
          <li key={number.id}>
            <Group gap="xs" justify="space-between">
              <Group gap="xs"><Text size="sm" fw={500}>{number.number}</Text><StatusChip status={number.status} /></Group>
              {number.loaSubmittedAt !== null && <Text size="xs" c="dimmed"><When at={number.loaSubmittedAt} short /></Text>}
            </Group>
            {(files.data?.items ?? []).filter(file => file.ownerId === number.id).map(file => (
              <FileLink key={file.id} type="phone-numbers" file={file} />
            ))}
          </li>
        ))}
      </ul>
      {numbers.data?.next != null && <Text size="xs" c="dimmed" mt="xs">{t('lettersMore', { count: ids.length })}</Text>}
    </Card>
  );
}
