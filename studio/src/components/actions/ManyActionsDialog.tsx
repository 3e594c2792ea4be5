import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { typeQuery } from '../../api/types';
import { Dialog } from '../Dialog';
import type { Fields } from '../merge/threeWay';
import { useComponentTexts } from '../useComponentTexts';
import { ActionInputs } from './ActionInputs';
import type { LabelOf } from './actions';
import { DoneAtOnce, type ManyOffer } from './bulk';
import { OutcomeTable } from './OutcomeTable';
import { useBulkRun } from './useBulkRun';

interface Props<T> {
  readonly type: string;
  readonly offer: ManyOffer;
  readonly label: string;
  readonly labelOf?: LabelOf | undefined;
  /** All that were selected when it began, by id, also those that do not offer it: what it has moved on may leave the selection meanwhile. */
  readonly names: ReadonlyMap<string, string>;
  /** Those that it was done with, as they are now. */
  readonly onRecords: (records: readonly T[]) => void;
  readonly onEnd: () => void;
  /** Whether something may have been done. */
  readonly onClose: (isOver: boolean) => void;
}

/** One action with many records: with how many it is possible, what it needs to know, how far it is, and what came of each. */
export function ManyActionsDialog<T>({ type, offer, label, labelOf, names, onRecords, onEnd, onClose }: Props<T>) {
  const t = useComponentTexts();
  const described = useQuery(typeQuery(type)).data;
  const [data, setData] = useState<Fields>({});
  const run = useBulkRun(type, offer, onRecords, onEnd);
  const all = offer.ids.length;
  const left = names.size - all;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void run.start(data);
  };
  const close = () => {
    run.stop();
    onClose(run.state !== 'asking');
  };
  return (
    <Dialog onClose={close} size="lg" title={label} closeOnClickOutside={run.state !== 'running'}>
      {run.state === 'asking' ? (
        <form onSubmit={submit}>
          <Stack>
            <Text size="sm">{t('many.preview', { count: all })}{left > 0 && ` ${t('many.left', { count: left })}`}</Text>
            <ActionInputs type={described} fields={offer.fields ?? []} data={data} onChange={setData} labelOf={labelOf} />
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>{t('cancel')}</Button>
              <Button type="submit">{t('many.with', { action: label, count: all })}</Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Stack>
          <Progress value={100 * run.outcomes.length / all} size="lg" animated={run.state === 'running'}
            aria-label={t('many.progress', { done: run.outcomes.length, all })} />
          <Text size="sm" role="status">
            {t('many.done', { done: run.count('done'), refused: run.count('refused'), all })}
            {run.count('unsure') > 0 && ` ${t('many.unsure', { count: run.count('unsure') })}`}
          </Text>
          <OutcomeTable names={names} outcomes={run.outcomes} />
          <Group justify="flex-end">
            {run.state === 'running' && all > DoneAtOnce && <Button variant="default" onClick={run.stop}>{t('many.stop')}</Button>}
            {run.state === 'ended' && run.isIncomplete && <Button variant="default" onClick={() => void run.start(data)}>{t('many.again')}</Button>}
            <Button onClick={close} disabled={run.state === 'running'}>{t('close')}</Button>
          </Group>
        </Stack>
      )}
    </Dialog>
  );
}
