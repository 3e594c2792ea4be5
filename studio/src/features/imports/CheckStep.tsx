import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { queryClient } from '../../api/query';
import { api, newKey, type Sending, type Sent } from '../../api/client';
import { listPath, type Page } from '../../api/records';
import type { TypeDescription } from '../../api/types';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { UploadProgress } from '../../components/UploadProgress';
import { useUpload } from '../../components/useUpload';
import { useGo } from '../../components/useUrl';
import { Progress } from './Progress';
import { isOver, operationQuery, startImport, type Batch, type Reading } from './imports';
import type { Plan } from './ImportWizard';
import { Outcome } from './Outcome';
import { RefusedRows } from './RefusedRows';
import { useImportsTexts } from './useImportsTexts';

interface Props {
  readonly type: TypeDescription;
  readonly file: File;
  readonly reading: Reading;
  readonly plan: Plan;
  readonly onBack: () => void;
}

/** All rows are tried, and nothing is written; then the import itself, on a page of its own. */
export function CheckStep({ type, file, reading, plan, onBack }: Props) {
  const t = useImportsTexts();
  const go = useGo();
  const [visit] = useState(newKey);
  const [checkSent, setCheckSent] = useState<Sent | null>(null);
  const { upload, progress } = useUpload();
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const start = (dryRun: boolean, sending: Sending & { readonly idempotencyKey?: string }) =>
    startImport(type.name, file, reading, plan.preview.columns, plan.mapping, plan.policy, dryRun, sending);
  // Of this visit only: whoever comes again has changed something. Leaving stops what is still being sent.
  const check = useQuery({ queryKey: ['import-check', visit], queryFn: ({ signal }) => start(true, { signal, onSent: setCheckSent }), staleTime: 'static', gcTime: 0, retry: false });
  const tried = useQuery({ ...operationQuery(check.data?.id ?? ''), enabled: check.isSuccess }).data ?? check.data;

  const run = async () => {
    setBusy(true);
    setError(null);
    try {
      // Sent again after a lost connection it is the same import, also where only the answer was lost.
      const operation = await upload(going => start(false, { ...going, idempotencyKey: visit }));
      if (operation === null) return;
      queryClient.removeQueries({ queryKey: ['import-mappings'] }); // it is remembered now
      const { items } = await api<Page<Batch>>(listPath('import-batches', { operationId: operation.id }));
      await queryClient.invalidateQueries({ queryKey: ['records', 'import-batches'] });
      go(`/imports/${items[0]?.id ?? ''}`);
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  };
  const counts = tried?.result;
  const good = counts ? counts.created + counts.updated : 0;
  const isRefused = plan.policy.allOrNothing && (counts?.failed ?? 0) > 0;
  return (
    <Stack>
      {check.isError && <ErrorNotice error={check.error} title={t('notStarted')} onRetry={() => void check.refetch()} />}
      {error !== null && <ErrorNotice error={error} title={t('notStarted')} onRetry={() => void run()} />}
      {check.isPending && (checkSent ? <UploadProgress sent={checkSent} onCancel={onBack} /> : <LoadingState lines={3} />)}
      {progress}
      {tried && !isOver(tried) && <Progress operation={tried} label={t('checking')} />}
      {tried?.problem && <ErrorNotice error={new Error(tried.problem.detail)} title={t('notRead')} />}
      {tried && isOver(tried) && counts && (
        <>
          <Outcome counts={counts} total={tried.progress.total} isTrial />
          {isRefused && <Alert color="red" variant="outline" role="alert"><Text size="sm">{t('allOrNothing')}</Text></Alert>}
          {counts.failed > 0 && <RefusedRows batchId={counts.batchId} fileName={file.name} count={counts.failed} />}
        </>
      )}
      <Group justify="space-between">
        <Button variant="default" onClick={onBack}>{t('backToColumns')}</Button>
        <Button disabled={!counts || !isOver(tried) || good === 0 || isRefused} loading={isBusy} onClick={() => void run()}>{t('run', { count: good })}</Button>
      </Group>
    </Stack>
  );
}
