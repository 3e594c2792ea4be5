import { Button, Group, List, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { IconRocket } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../api/client';
import { useMay } from '../../../api/me';
import { useToast } from '../../../components/useToast';
import { useGo } from '../../../components/useUrl';
import { addressOf, draftQuery, pathOf, restore, testsQuery, validationQuery, type Artefact, type ArtefactText } from '../artefacts';
import { Card } from '../Card';
import { Line } from '../Checks';
import { useArtefactsTexts } from '../useArtefactsTexts';
import { blockedBy, instantOf } from './blocked';

interface Props {
  readonly draft: Artefact;
  /** The version that counts now; null where none does. */
  readonly counting: number | null;
}

/** Publishes exactly the draft that is shown above; says what keeps it from being published, and for whom. */
export function PublishForm({ draft, counting }: Props) {
  const t = useArtefactsTexts();
  const toast = useToast();
  const go = useGo();
  const client = useQueryClient();
  const may = useMay();
  const { kind, key, hash } = draft;
  const shown = useQuery({ ...draftQuery(kind, key, hash), staleTime: 0 });
  const validation = useQuery(validationQuery(kind, key, hash));
  const tests = useQuery(testsQuery(kind, key, hash));
  const [comment, setComment] = useState('');
  const [from, setFrom] = useState('');
  const blocked = validation.data && tests.data ? blockedBy(validation.data, tests.data) : null;
  const isReady = blocked?.length === 0 && shown.data?.data.hash === hash && may('artefacts:publish');
  const publish = useMutation({
    mutationFn: () => api<ArtefactText>(`${pathOf(kind, key)}/draft/publish`, {
      method: 'POST', body: { comment: comment || null, effectiveFrom: instantOf(from) }, ifMatch: shown.data?.etag,
    }),
    onSuccess: async made => {
      await client.invalidateQueries({ queryKey: ['records', 'artefacts'] });
      const isLater = made.state === 'scheduled';
      toast.done(t(isLater ? 'scheduled' : 'published', { version: made.version ?? 0 }), isLater || counting === null ? undefined : async () => {
        await restore(kind, key, counting, null);
        await client.invalidateQueries({ queryKey: ['records', 'artefacts'] });
      });
      go(addressOf(kind, key));
    },
    onError: error => toast.failed(error),
  });
  return (
    <Card title={t('publishTitle')}>
      <form onSubmit={event => {
        event.preventDefault();
        if (isReady) publish.mutate();
      }}>
        <Stack gap="sm">
          <Textarea label={t('publishComment')} description={t('publishCommentHint')} autosize minRows={2} maxLength={2000} value={comment} onChange={event => setComment(event.currentTarget.value)} />
          <TextInput type="datetime-local" label={t('effectiveFrom')} description={t('effectiveFromHint', { zone: Intl.DateTimeFormat().resolvedOptions().timeZone })} maw={320}
            value={from} onChange={event => setFrom(event.currentTarget.value)} />
          {blocked !== null && (blocked.length > 0 || !may('artefacts:publish')) && (
            <div role="status">
              <Text size="sm" fw={600} mb={4}>{t('publishBlocked')}</Text>
              <List listStyleType="none" spacing={4}>
                {blocked.map(one => <List.Item key={one.reason}><Line tone="bad">{t(one.reason, { count: one.count, names: one.names })}</Line></List.Item>)}
                {!may('artefacts:publish') && <List.Item><Line tone="bad">{t('blockedPermission')}</Line></List.Item>}
              </List>
            </div>
          )}
          <Group justify="flex-end">
            {blocked === null && <Text size="sm" c="dimmed">{t('blockedChecking')}</Text>}
            <Button type="submit" leftSection={<IconRocket size={16} aria-hidden />} disabled={!isReady} loading={publish.isPending}>{t('publish')}</Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
