import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay } from '../../api/me';
import { queryClient } from '../../api/query';
import { nameOf } from '../../api/recordName';
import type { AnyRecord } from '../../api/records';
import type { TypeDescription } from '../../api/types';
import { ActionDialog } from '../../components/actions/ActionDialog';
import { offerQuery, perform, type OfferedAction } from '../../components/actions/actions';
import type { Fields } from '../../components/merge/threeWay';
import { useToast } from '../../components/useToast';
import { useRecordsTexts } from './useRecordsTexts';

/** What the record's lifecycle waits for now; a status changes in no other way. */
export function RecordActions({ type, record }: { readonly type: TypeDescription; readonly record: AnyRecord }) {
  const t = useRecordsTexts();
  const may = useMay();
  const toast = useToast();
  const [asked, setAsked] = useState<OfferedAction | null>(null);
  const offer = useQuery(offerQuery(type.name, record.id));
  const actions = (offer.data?.actions ?? []).filter(action => may(action.permission));
  const run = async (action: OfferedAction, data: Fields) => {
    await perform(type.name, record.id, action.name, data);
    await queryClient.invalidateQueries({ queryKey: ['records', type.name] });
    toast.done(t('performed', { action: action.label, name: nameOf(type, record) }));
  };
  return (
    <Group gap="xs">
      {actions.map(action => <Button key={action.name} variant="default" onClick={() => setAsked(action)}>{action.label}</Button>)}
      {asked && (
        <ActionDialog type={type.name} label={asked.label} fields={asked.fields ?? []} onPerform={data => run(asked, data)} onClose={() => setAsked(null)}>
          {nameOf(type, record)}
        </ActionDialog>
      )}
    </Group>
  );
}
