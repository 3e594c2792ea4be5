import { Button, Group, Text } from '@mantine/core';
import { IconDownload, IconTerminal2 } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay } from '../../api/me';
import { queryClient } from '../../api/query';
import { recordPageQuery } from '../../api/records';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { useToast } from '../../components/useToast';
import { When } from '../../components/When';
import { saveText } from '../../components/saveFile';
import styles from './porting.module.css';
import { Script } from './Script';
import { Card } from '../../components/Card';
import { scriptTemplates, writeScript, type GeneratedScript } from './scripts';
import { usePortingTexts } from './usePortingTexts';

/** The PowerShell that does in Teams what is on record here: written on demand, kept as it was written. */
export function ScriptsSection({ migrationId }: { readonly migrationId: string }) {
  const t = usePortingTexts();
  const may = useMay();
  const toast = useToast();
  const isAllowed = may('generated-scripts:read');
  const scripts = useQuery({ ...recordPageQuery<GeneratedScript>('generated-scripts', { migrationId, sort: '-createdAt', limit: '20' }), enabled: isAllowed });
  const [open, setOpen] = useState<string | null>(null);
  const write = useMutation({
    mutationFn: (template: string) => writeScript(migrationId, template),
    onSuccess: script => {
      setOpen(script.id);
      void queryClient.invalidateQueries({ queryKey: ['records', 'generated-scripts', 'list'] });
      toast.done(t('scriptWritten', { name: script.name }));
    },
    onError: error => toast.failed(error),
  });
  return (
    <Card title={t('scripts')}>
      {may('generated-scripts:create') && (
        <Group gap="xs" mb="sm">
          {scriptTemplates.map(template => (
            <Button key={template} size="xs" variant="default" leftSection={<IconTerminal2 size={16} aria-hidden />} disabled={write.isPending} onClick={() => write.mutate(template)}>
              {t(`script.${template}`)}
            </Button>
          ))}
        </Group>
      )}
      {scripts.isError && <ErrorNotice error={scripts.error} onRetry={() => void scripts.refetch()} />}
      {isAllowed && scripts.isPending && <LoadingState lines={2} />}
      {scripts.data?.items.length === 0 && <Text size="sm" c="dimmed">{t('noScripts')}</Text>}
      <ul className={styles.list}>
        {(scripts.data?.items ?? []).map(script => (
          <li key={script.id}>
            <Group justify="space-between" gap="xs">
              <Text size="sm"><Text span fw={500}>{script.name}</Text> · <Text span c="dimmed"><When at={script.createdAt} short /></Text></Text>
              <Group gap={4}>
                <Button size="compact-xs" variant="subtle" aria-expanded={open === script.id} onClick={() => setOpen(open === script.id ? null : script.id)}>{open === script.id ? t('hide') : t('show')}</Button>
                <Button size="compact-xs" variant="subtle" leftSection={<IconDownload size={14} aria-hidden />} onClick={() => saveText(script.content, script.name)}>{t('download')}</Button>
              </Group>
            </Group>
            {open === script.id && <Script script={script} />}
          </li>
        ))}
      </ul>
    </Card>
  );
}
