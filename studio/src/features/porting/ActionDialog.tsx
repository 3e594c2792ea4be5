import { Button, Group, Stack, Text } from '@mantine/core';
import { useState, type ReactNode, type SubmitEvent } from 'react';
import { Dialog } from '../../components/Dialog';
import type { ActionData, OfferedAction } from '../../components/actions/actions';
import { ErrorNotice } from '../../components/ErrorNotice';
import { useComponentTexts } from '../../components/useComponentTexts';
import { ActionFields } from './ActionFields';
import { useNames } from './usePortingTexts';

interface Props {
  /** The record type that it is done with. */
  readonly type: string;
  readonly action: OfferedAction;
  /** What happens, before it does. */
  readonly children?: ReactNode;
  /** The dialog stays while this runs, and shows why it was refused. */
  readonly onPerform: (data: ActionData) => Promise<unknown>;
  readonly onClose: () => void;
}

/** Asks for what an action needs to know, and does it. */
export function ActionDialog({ type, action, children, onPerform, onClose }: Props) {
  const common = useComponentTexts();
  const names = useNames();
  const [data, setData] = useState<ActionData>({});
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const label = names.action(action.name, action.label);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    onPerform(data).then(onClose, (e: unknown) => {
      setError(e);
      setBusy(false);
    });
  };
  return (
    <Dialog onClose={onClose} title={label}>
      <form onSubmit={submit}>
        <Stack>
          {children !== undefined && <Text size="sm" component="div">{children}</Text>}
          <ActionFields type={type} action={action} data={data} onChange={setData} />
          {error !== null && <ErrorNotice error={error} title={common('failed')} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{common('cancel')}</Button>
            <Button type="submit" loading={isBusy}>{label}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
