import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client';
import { useMay } from '../../api/me';
import { useToast } from '../../components/useToast';
import { When } from '../../components/When';
import { draftOf, pathOf, saveDraft, type Artefact } from './artefacts';
import { Card } from './Card';
import { Checks } from './Checks';
import { useArtefactsTexts } from './useArtefactsTexts';

/** What is being changed, and by whom: checked and tested on demand, thrown away and brought back. */
export function DraftCard({ draft }: { readonly draft: Artefact }) {
  const t = useArtefactsTexts();
  const toast = useToast();
  const client = useQueryClient();
  const may = useMay();
  const [isChecking, setChecking] = useState(false);
  const { kind, key } = draft;
  const refresh = () => client.invalidateQueries({ queryKey: ['records', 'artefacts'] });
  const discard = useMutation({
    mutationFn: async () => {
      const was = await draftOf(kind, key);
      await api(`${pathOf(kind, key)}/draft`, { method: 'DELETE', ifMatch: was.etag });
      await refresh();
      return was.data.content;
    },
    onSuccess: content => toast.done(t('discarded'), async () => {
      await saveDraft(kind, key, content, null);
      await refresh();
    }),
    onError: error => toast.failed(error),
  });
  return (
    <Card title={t('draft')} actions={may('artefacts:write') && (
      <Group gap="xs">
        <Button size="compact-sm" variant="default" onClick={() => setChecking(true)}>{t('check')}</Button>
        <Button size="compact-sm" variant="default" loading={discard.isPending} onClick={() => discard.mutate()}>{t('discard')}</Button>
      </Group>
    )}>
      <Stack gap="sm">
        <Text size="sm">{t('draftBy', { author: draft.author ?? '' })} <When at={draft.updatedAt} /></Text>
        {isChecking && <Checks kind={kind} artefactKey={key} hash={draft.hash} />}
      </Stack>
    </Card>
  );
}
