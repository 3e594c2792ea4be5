import { Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode, type SubmitEvent } from 'react';
import { typeQuery } from '../../api/types';
import { Dialog } from '../Dialog';
import { ErrorNotice } from '../ErrorNotice';
import type { Fields } from '../merge/threeWay';
import { useComponentTexts } from '../useComponentTexts';
import { ActionInputs } from './ActionInputs';
import type { ActionField, LabelOf } from './actions';

interface Props {
  /** The record type that it is done with. */
  readonly type: string;
  readonly label: string;
  readonly fields: readonly ActionField[];
  readonly labelOf?: LabelOf | undefined;
  /** What happens, before it does. */
  readonly children?: ReactNode;
  /** The dialog stays while this runs, and shows why it was refused. */
  readonly onPerform: (data: Fields) => Promise<unknown>;
  readonly onClose: () => void;
}

/** Asks for what an action needs to know, and does it. */
export function ActionDialog({ type, label, fields, labelOf, children, onPerform, onClose }: Props) {
  const t = useComponentTexts();
  const described = useQuery(typeQuery(type)).data;
  const [data, setData] = useState<Fields>({});
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
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
          <ActionInputs type={described} fields={fields} data={data} onChange={setData} labelOf={labelOf} />
          {error !== null && <ErrorNotice error={error} title={t('failed')} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('cancel')}</Button>
            <Button type="submit" loading={isBusy}>{label}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
