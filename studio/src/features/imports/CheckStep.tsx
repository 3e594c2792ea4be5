import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { queryClient } from '../../api/query';
import { api } from '../../api/client';
import { listPath, type Page } from '../../api/records';
import type { TypeDescription } from '../../api/types';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { useGo } from '../../components/useUrl';
import { Progress } from './Progress';
import { isOver, operationQuery, startImport, type Batch, type Operation, type Reading } from './imports';
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
  const [trial, setTrial] = useState<Operation | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const begun = useRef(false);
  const start = useCallback((dryRun: boolean) => startImport(type.name, file, reading, plan.preview.columns, plan.mapping, plan.policy, dryRun), [type, file, reading, plan]);
  const check = useCallback(() => {
    setError(null);
    start(true).then(setTrial, setError);
  }, [start]);
  useEffect(() => {
    if (begun.current) return; // once, also when React draws twice
    begun.current = true;
    check();
  }, [check]);
  const tried = useQuery({ ...operationQuery(trial?.id ?? ''), enabled: trial !== null }).data ?? trial;

  const run = async () => {
    setBusy(true);
    setError(null);
    try {
      const operation = await start(false);
      queryClient.removeQueries({ queryKey: ['import-mappings'] }); // it is remembered now
      const { items } = await api<Page<Batch>>(listPath('import-batches', { operationId: operation.id }));
      await queryClient.invalidateQueries({ queryKey: ['records', 'import-batches'] });
      go(`/imports/${items[0]?.id ?? ''}`);
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  };
  const counts = tried?.result;
  const good = counts ? counts.created + counts.updated : 0;
  const isRefused = plan.policy.allOrNothing && (counts?.failed ?? 0) > 0;
  return (
    <Stack>
      {error !== null && <ErrorNotice error={error} title={t('notStarted')} {...(trial === null && { onRetry: check })} />}
      {error === null && !tried && <LoadingState lines={3} />}
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
