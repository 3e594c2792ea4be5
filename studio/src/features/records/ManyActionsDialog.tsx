import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import type { ColumnDef } from '@tanstack/react-table';
import { useMemo, useState, type SubmitEvent } from 'react';
import { Dialog } from '../../components/Dialog';
import { nameOf } from '../../api/recordName';
import type { AnyRecord } from '../../api/records';
import type { TypeDescription } from '../../api/types';
import { DoneAtOnce, named, type ManyOffer, type NamedOutcome, type Outcome } from '../../components/actions/bulk';
import { useBulkRun } from '../../components/actions/useBulkRun';
import { DataTable } from '../../components/DataTable';
import type { Fields } from '../../components/merge/threeWay';
import { useComponentTexts } from '../../components/useComponentTexts';
import { ActionInputs } from './ActionInputs';
import { useRecordsTexts } from './useRecordsTexts';

interface Props {
  readonly type: TypeDescription;
  readonly offer: ManyOffer;
  /** All that were selected, also those that do not offer it. */
  readonly records: readonly AnyRecord[];
  readonly onEnd: () => void;
  /** Whether something has been done. */
  readonly onClose: (isOver: boolean) => void;
}

const NoNews = () => undefined; // the list is read again at the end

/** One action with many records: with how many it is possible, what it needs to know, how far it is, and what came of each. */
export function ManyActionsDialog({ type, offer, records, onEnd, onClose }: Props) {
  const t = useRecordsTexts();
  const common = useComponentTexts();
  const [data, setData] = useState<Fields>({});
  const run = useBulkRun(type.name, offer, NoNews, onEnd);
  const all = offer.ids.length;
  const left = records.length - all;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void run.start(data);
  };
  const close = () => {
    run.stop();
    onClose(run.state !== 'asking');
  };
  return (
    <Dialog onClose={close} size="lg" title={offer.label} closeOnClickOutside={run.state !== 'running'}>
      {run.state === 'asking' ? (
        <form onSubmit={submit}>
          <Stack>
            <Text size="sm">{t('actionPreview', { count: all })}{left > 0 && ` ${t('actionLeft', { count: left })}`}</Text>
            <ActionInputs type={type} fields={offer.fields ?? []} data={data} onChange={setData} />
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>{common('cancel')}</Button>
              <Button type="submit">{t('actionWith', { action: offer.label, count: all })}</Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Stack>
          <Progress value={100 * run.outcomes.length / all} animated={run.state === 'running'} aria-label={t('batchRunning', { done: run.outcomes.length, all })} />
          <Text size="sm" role="status">{run.state === 'running' ? t('batchRunning', { done: run.outcomes.length, all }) : t('batchOver', { done: run.count('done'), all })}</Text>
          <Results type={type} records={records} outcomes={run.outcomes} />
          <Group justify="flex-end">
            {run.state === 'running' && all > DoneAtOnce && <Button variant="default" onClick={run.stop}>{t('stop')}</Button>}
            {run.state === 'ended' && run.isIncomplete && <Button variant="default" onClick={() => void run.start(data)}>{t('goOn')}</Button>}
            <Button onClick={close} disabled={run.state === 'running'}>{common('close')}</Button>
          </Group>
        </Stack>
      )}
    </Dialog>
  );
}

function Results({ type, records, outcomes }: { readonly type: TypeDescription; readonly records: readonly AnyRecord[]; readonly outcomes: readonly Outcome[] }) {
  const t = useRecordsTexts();
  const rows = useMemo(() => named(outcomes, new Map(records.map(record => [record.id, nameOf(type, record)]))), [type, records, outcomes]);
  const columns = useMemo<ColumnDef<NamedOutcome>[]>(() => [
    { id: 'name', header: t('record'), size: 180, cell: ({ row: { original: one } }) => one.name },
    {
      id: 'result', header: t('result'), size: 340,
      cell: ({ row: { original: one } }) => one.state === 'done' ? t('resultDone') : one.problem?.errors?.map(error => error.detail).join(' ') || one.problem?.detail || t('resultUnsure'),
    },
  ], [t]);
  if (rows.length === 0) return null;
  return (
    <div style={{ height: Math.min(44 * rows.length + 42, 380) }}>
      <DataTable label={t('results')} rows={rows} columns={columns} idOf={one => one.id} nameOf={one => one.name} />
    </div>
  );
}
