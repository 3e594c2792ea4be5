import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ApiError } from '../../api/client';
import { useMay } from '../../api/me';
import { queryClient } from '../../api/query';
import { recordQuery } from '../../api/records';
import { AppLink } from '../../components/AppLink';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { Page } from '../../components/Page';
import { useToast } from '../../components/useToast';
import { useAddress } from '../../components/useUrl';
import { When } from '../../components/When';
import { BatchStatus } from './BatchStatus';
import { cancel, isOver, operationQuery, pause, resume, undo, type Batch, type Operation } from './imports';
import { Outcome } from './Outcome';
import { Progress } from './Progress';
import { RefusedRows } from './RefusedRows';
import { useImportsTexts } from './useImportsTexts';

export default function ImportPage() {
  const t = useImportsTexts();
  const { id = '' } = useAddress();
  const batch = useQuery(recordQuery<Batch>('import-batches', id));
  return (
    <Page title={batch.data?.data.fileName ?? t('title')} help="studio#importing" above={<AppLink size="sm" to="/imports">{t('title')}</AppLink>}>
      {batch.isError && <ErrorNotice error={batch.error} onRetry={() => void batch.refetch()} />}
      {batch.isPending && <LoadingState />}
      {batch.data && <BatchView batch={batch.data.data} />}
    </Page>
  );
}

/** One import: how far it is, what became of its rows, and the way back. It goes on whoever looks. */
function BatchView({ batch }: { readonly batch: Batch }) {
  const t = useImportsTexts();
  const may = useMay();
  const toast = useToast();
  const [undoing, setUndoing] = useState<string | null>(null);
  const own = useQuery({ ...operationQuery(batch.operationId ?? ''), enabled: batch.operationId !== null }).data;
  const back = useQuery({ ...operationQuery(undoing ?? ''), enabled: undoing !== null }).data;
  const isRunning = batch.status === 'running';
  // The batch is written with the last rows; its page then says the same as its operation.
  useEffect(() => {
    if ((isOver(own) && isRunning) || isOver(back)) void queryClient.invalidateQueries({ queryKey: ['records'] });
  }, [own, back, isRunning]);
  const mayUndo = !batch.dryRun && !isRunning && batch.status !== 'undone' && batch.created + batch.updated > 0
    && may(`${batch.recordType}:import`) && may(`${batch.recordType}:delete`) && (undoing === null || isOver(back));
  const takeBack = () => {
    undo(batch.id).then(operation => setUndoing(operation.id), (error: unknown) => {
      const running = error instanceof ApiError && error.code === 'undo_is_running' ? String(error.problem['operation']).split('/').at(-1) : undefined;
      if (running === undefined) toast.failed(error);
      else setUndoing(running);
    });
  };
  const act = (ask: (id: string) => Promise<Operation>, id: string, said?: string) => {
    ask(id).then(operation => {
      queryClient.setQueryData(operationQuery(id).queryKey, operation);
      if (said) toast.done(said);
    }, (error: unknown) => {
      toast.failed(error); // it may have ended in between, which the next look shows
      void queryClient.invalidateQueries({ queryKey: operationQuery(id).queryKey });
    });
  };
  const counts = (isRunning ? own?.result : null) ?? { ...batch, failedByCode: batch.failedByCode ?? {} };
  return (
    <Stack>
      <Group gap="xs">
        <BatchStatus batch={batch} />
        <AppLink size="sm" to={`/records/${batch.recordType}`}>{batch.recordType}</AppLink>
        <Text size="sm" c="dimmed"><When at={batch.createdAt} /></Text>
      </Group>
      {isRunning && own && !isOver(own) && (
        <>
          <Progress operation={own} label={t(own.result?.checked === false ? 'checking' : 'importing')} />
          <Group>
            <Text size="sm" c="dimmed" role="status">{t(!own.isPaused ? 'goesOn' : own.status === 'queued' ? 'paused' : 'pausing')}</Text>
            <Button size="xs" variant="default" disabled={own.cancelRequested} onClick={() => act(own.isPaused ? resume : pause, own.id)}>{t(own.isPaused ? 'resume' : 'pause')}</Button>
            <Button size="xs" variant="default" disabled={own.cancelRequested} onClick={() => act(cancel, own.id, t('cancelling'))}>{t('cancel')}</Button>
          </Group>
        </>
      )}
      {back && !isOver(back) && <Progress operation={back} label={t('undoing')} />}
      {own?.problem && <Alert color="red" variant="outline" role="alert"><Text size="sm">{own.problem.detail}</Text></Alert>}
      <Outcome counts={counts} total={isRunning ? null : own?.progress.total ?? null} isTrial={batch.dryRun} />
      {batch.failed > 0 && !isRunning && <RefusedRows batchId={batch.id} fileName={batch.fileName} count={batch.failed} />}
      {mayUndo && <Group><Button variant="default" onClick={takeBack}>{t('undo')}</Button><Text size="sm" c="dimmed">{t('undoHint')}</Text></Group>}
    </Stack>
  );
}
