import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { Dialog } from '../../components/Dialog';
import type { ActionData } from '../../components/actions/actions';
import { DoneAtOnce, type ManyOffer } from '../../components/actions/bulk';
import { useBulkRun } from '../../components/actions/useBulkRun';
import { useComponentTexts } from '../../components/useComponentTexts';
import { ActionFields } from './ActionFields';
import { BulkResults } from './BulkResults';
import { putNumbers } from './numbers';
import { countedAgain, type PhoneNumber } from './porting';
import { useNames, usePortingTexts } from './usePortingTexts';

interface Props {
  readonly offer: ManyOffer;
  /** All that were selected, also those that do not offer it. */
  readonly numbers: readonly PhoneNumber[];
  readonly onClose: () => void;
}

/** One action with many numbers: how many it is possible with, what it needs to know, how far it is, what became of each. */
export function BulkDialog({ offer, numbers, onClose }: Props) {
  const t = usePortingTexts();
  const common = useComponentTexts();
  const names = useNames();
  const [data, setData] = useState<ActionData>({});
  const run = useBulkRun('phone-numbers', offer, putNumbers, countedAgain);
  // What was selected when it began: numbers that it has moved on may leave the selection meanwhile.
  const [those] = useState(() => numbers);
  const label = names.action(offer.name, offer.label);
  const left = those.length - offer.ids.length;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void run.start(data);
  };
  const close = () => {
    run.stop();
    onClose();
  };
  return (
    <Dialog onClose={close} size="lg" title={label}>
      {run.state === 'asking' ? (
        <form onSubmit={submit}>
          <Stack>
            <Text size="sm">{t('bulkPreview', { count: offer.ids.length })}{left > 0 && ` ${t('bulkLeft', { count: left })}`}</Text>
            <ActionFields type="phone-numbers" action={offer} data={data} onChange={setData} />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>{common('cancel')}</Button>
              <Button type="submit">{t('actionWith', { action: label, count: offer.ids.length })}</Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Stack>
          <Progress value={100 * run.outcomes.length / offer.ids.length} size="lg" animated={run.state === 'running'}
            aria-label={t('bulkProgress', { done: run.outcomes.length, all: offer.ids.length })} />
          <Text size="sm" role="status">
            {t('bulkDone', { done: run.count('done'), refused: run.count('refused'), all: offer.ids.length })}
            {run.count('unsure') > 0 && ` ${t('bulkUnsure', { count: run.count('unsure') })}`}
          </Text>
          <BulkResults numbers={those} outcomes={run.outcomes} />
          <Group justify="flex-end">
            {run.state === 'running' && offer.ids.length > DoneAtOnce && <Button variant="default" onClick={run.stop}>{t('bulkStop')}</Button>}
            {run.state === 'ended' && run.isIncomplete && <Button variant="default" onClick={() => void run.start(data)}>{t('bulkAgain')}</Button>}
            <Button onClick={close} disabled={run.state === 'running'}>{common('close')}</Button>
          </Group>
        </Stack>
      )}
    </Dialog>
  );
}
