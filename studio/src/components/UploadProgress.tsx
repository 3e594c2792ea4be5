import { Button, Group, Progress, Text, VisuallyHidden } from '@mantine/core';
import type { Sent } from '../api/client';
import { useLanguage } from '../text/text';
import { useComponentTexts } from './useComponentTexts';

interface Props {
  readonly sent: Sent;
  readonly onCancel: () => void;
}

/** How much of a file has gone to the service. Said aloud at every quarter only. */
export function UploadProgress({ sent: { done, total }, onCancel }: Props) {
  const t = useComponentTexts();
  const language = useLanguage();
  const percent = Math.floor(100 * done / Math.max(total, 1));
  const quarter = percent - percent % 25;
  const megabytes = (bytes: number) => (bytes / 1e6).toLocaleString(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return (
    <div>
      <Group justify="space-between" mb={4}>
        <Text size="sm">{done < total ? t('upload.sent', { done: megabytes(done), total: megabytes(total), percent }) : t('upload.read')}</Text>
        <Button size="compact-sm" variant="default" onClick={onCancel}>{t('cancel')}</Button>
      </Group>
      <Progress value={percent} animated aria-label={t('upload')} />
      <VisuallyHidden role="status">{quarter === 0 ? '' : quarter < 100 ? t('upload.quarter', { percent: quarter }) : t('upload.read')}</VisuallyHidden>
    </div>
  );
}
