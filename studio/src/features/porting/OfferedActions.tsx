import { Button, Group, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay } from '../../api/me';
import { offerQuery, perform, type OfferedAction } from '../../components/actions/actions';
import { ActionDialog } from '../../components/actions/ActionDialog';
import { ErrorNotice } from '../../components/ErrorNotice';
import type { Fields } from '../../components/merge/threeWay';
import { useToast } from '../../components/useToast';
import { useNames, usePortingTexts } from './usePortingTexts';

interface Props {
  readonly type: string;
  readonly id: string;
  /** What people call the record. */
  readonly name: string;
  readonly size?: 'xs' | 'sm';
  /** Told when one was done. */
  readonly onDone?: () => void;
}

/** What the record's lifecycle offers now, for those who may do it; each is confirmed, and asks for what it needs to know. */
export function OfferedActions({ type, id, name, size = 'sm', onDone }: Props) {
  const t = usePortingTexts();
  const names = useNames();
  const may = useMay();
  const client = useQueryClient();
  const toast = useToast();
  const offer = useQuery(offerQuery(type, id));
  const [asked, setAsked] = useState<OfferedAction | null>(null);
  if (offer.isError) return <ErrorNotice error={offer.error} onRetry={() => void offer.refetch()} />;
  const actions = (offer.data?.actions ?? []).filter(action => may(action.permission));

  const run = async (action: OfferedAction, data: Fields) => {
    await perform(type, id, action.name, data);
    // The event does this as well; but what was done shows also while the connection is lost.
    await client.invalidateQueries({ queryKey: ['records', type, id] });
    onDone?.();
    toast.done(t('doneWith', { action: names.action(action.name, action.label), name }));
  };
  return (
    <Group gap="xs">
      {offer.isSuccess && offer.data.actions.length === 0 && <Text size="sm" c="dimmed">{t('nothingOffered')}</Text>}
      {actions.map((action, i) => (
        <Button key={action.name} size={size} variant={i === 0 ? 'filled' : 'default'} onClick={() => setAsked(action)}>{names.action(action.name, action.label)}</Button>
      ))}
      {asked && (
        <ActionDialog type={type} label={names.action(asked.name, asked.label)} fields={asked.fields ?? []} labelOf={names.field}
          onPerform={data => run(asked, data)} onClose={() => setAsked(null)}>{t('confirm', { name })}</ActionDialog>
      )}
    </Group>
  );
}
