import { Button, Group, NumberInput, Progress, Stack, Text, TextInput } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import dayjs from 'dayjs';
import { useState } from 'react';
import { useToast } from '../../../components/useToast';
import { ErrorNotice } from '../../../components/ErrorNotice';
import { useUrlState } from '../../../components/useUrl';
import { Card } from '../Card';
import { Line } from '../Checks';
import { useArtefactsTexts } from '../useArtefactsTexts';
import { hasEnded, replayQuery, startReplay, type ReplayResult } from './replay';
import { ReplayGroups } from './ReplayGroups';

interface Props {
  readonly kind: string;
  readonly artefactKey: string;
  readonly hash: string;
}

/** Past decisions made again by the draft. Which replay is shown, and of which draft, is in the address. */
export function ReplayCard({ kind, artefactKey, hash }: Props) {
  const t = useArtefactsTexts();
  const toast = useToast();
  const [url, setUrl] = useUrlState();
  const [since, setSince] = useState(() => dayjs().subtract(30, 'day').format('YYYY-MM-DD'));
  const [until, setUntil] = useState('');
  const [limit, setLimit] = useState<number | string>(10_000);
  const id = url['replay'] ?? '';
  const operation = useQuery({ ...replayQuery(id), enabled: id !== '' });
  const start = useMutation({
    mutationFn: () => startReplay(kind, artefactKey, since, until, Number(limit)),
    onSuccess: started => setUrl({ replay: started.id, of: hash }),
    onError: error => toast.failed(error),
  });
  const running = operation.data && !hasEnded(operation.data);
  return (
    <Card title={t('impact')}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">{t('impactLead')}</Text>
        <Group align="end" gap="xs">
          <TextInput type="date" label={t('since')} value={since} required withAsterisk={false} onChange={event => setSince(event.currentTarget.value)} />
          <TextInput type="date" label={t('until')} value={until} onChange={event => setUntil(event.currentTarget.value)} />
          <NumberInput label={t('atMost')} w={120} min={1} max={1_000_000} thousandSeparator hideControls value={limit} onChange={setLimit} />
          <Button variant="default" leftSection={<IconHistory size={16} aria-hidden />} loading={start.isPending || running === true} disabled={since === '' || limit === ''} onClick={() => start.mutate()}>{t('replay')}</Button>
        </Group>
        {operation.isError && <ErrorNotice error={operation.error} />}
        {running && (
          <div role="status">
            <Text size="sm" mb={4}>{t('replaying', { done: operation.data.progress.done, total: operation.data.progress.total ?? '…' })}</Text>
            <Progress aria-label={t('replay')} value={100 * operation.data.progress.done / Math.max(operation.data.progress.total ?? 1, 1)} />
          </div>
        )}
        {operation.data?.status === 'failed' && <Line tone="bad">{operation.data.problem?.detail ?? ''}</Line>}
        {operation.data?.status === 'succeeded' && operation.data.result !== null && (
          <>
            {url['of'] !== hash && <Line tone="warn">{t('replayOther')}</Line>}
            <Outcome result={operation.data.result} />
          </>
        )}
      </Stack>
    </Card>
  );
}

function Outcome({ result }: { readonly result: ReplayResult }) {
  const t = useArtefactsTexts();
  if (result.same + result.changed === 0) return <Line tone="warn">{t('replayNone')}</Line>;
  return (
    <Stack gap="sm" role="status">
      <Line tone="good">{t('replaySame', { count: result.same })}</Line>
      {result.changed > 0 && <Line tone="warn">{t('replayChanged', { count: result.changed })}</Line>}
      {result.failed > 0 && <Line tone="bad">{t('replayFailed', { count: result.failed })}</Line>}
      {result.groups.length > 0 && <ReplayGroups groups={result.groups} />}
    </Stack>
  );
}
