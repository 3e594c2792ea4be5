import { Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { Dialog } from '../../components/Dialog';
import { api, type Schemas } from '../../api/client';
import { useMay } from '../../api/me';
import { queryClient } from '../../api/query';
import { nameOf } from '../../api/recordName';
import type { AnyRecord } from '../../api/records';
import type { TypeDescription } from '../../api/types';
import type { ActionField } from '../../components/actions/actions';
import { ErrorNotice } from '../../components/ErrorNotice';
import type { Fields } from '../../components/merge/threeWay';
import { useComponentTexts } from '../../components/useComponentTexts';
import { useToast } from '../../components/useToast';
import { ActionInputs } from './ActionInputs';
import { useRecordsTexts } from './useRecordsTexts';

type Action = NonNullable<Schemas['Actions']['actions']>[number] & { readonly fields?: readonly ActionField[] };

/** What the record's lifecycle waits for now; a status changes in no other way. */
export function RecordActions({ type, record }: { readonly type: TypeDescription; readonly record: AnyRecord }) {
  const may = useMay();
  const [asked, setAsked] = useState<Action | null>(null);
  const offered = useQuery({
    queryKey: ['records', type.name, record.id, 'actions'],
    queryFn: ({ signal }) => api<{ readonly actions: readonly Action[] }>(`/api/${type.name}/${record.id}/actions`, { signal }),
  });
  const actions = (offered.data?.actions ?? []).filter(action => action.permission === undefined || may(action.permission));
  return (
    <Group gap="xs">
      {actions.map(action => <Button key={action.name} variant="default" onClick={() => setAsked(action)}>{action.label}</Button>)}
      {asked && <ActionDialog type={type} record={record} action={asked} onClose={() => setAsked(null)} />}
    </Group>
  );
}

interface DialogProps {
  readonly type: TypeDescription;
  readonly record: AnyRecord;
  readonly action: Action;
  readonly onClose: () => void;
}

function ActionDialog({ type, record, action, onClose }: DialogProps) {
  const t = useRecordsTexts();
  const common = useComponentTexts();
  const toast = useToast();
  const [data, setData] = useState<Fields>({});
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const perform = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await api(`/api/${type.name}/${record.id}/actions/${action.name ?? ''}`, { method: 'POST', body: data });
      await queryClient.invalidateQueries({ queryKey: ['records', type.name] });
      toast.done(t('performed', { action: action.label ?? '', name: nameOf(type, record) }));
      onClose();
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  };
  return (
    <Dialog onClose={onClose} title={action.label}>
      <form onSubmit={perform}>
        <Stack>
          <Text size="sm">{nameOf(type, record)}</Text>
          <ActionInputs type={type} fields={action.fields ?? []} data={data} onChange={setData} />
          {error !== null && <ErrorNotice error={error} title={common('failed')} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{common('cancel')}</Button>
            <Button type="submit" loading={isBusy}>{action.label}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
