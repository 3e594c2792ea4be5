import { Button, Group, Select, Stack, TextInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { Dialog } from '../../components/Dialog';
import { useComponentTexts } from '../../components/useComponentTexts';
import type { Change } from './tasks';
import { useInboxTexts } from './useInboxTexts';
import { usePeople } from './usePeople';

interface Props {
  readonly kind: 'assign' | 'delegate';
  readonly onGive: (change: Change, name: string) => void;
  readonly onClose: () => void;
}

/** To whom, and, of a task that is delegated, for how long. */
export function GiveDialog({ kind, onGive, onClose }: Props) {
  const t = useInboxTexts();
  const common = useComponentTexts();
  const { users } = usePeople();
  const [userId, setUserId] = useState<string | null>(null);
  const [until, setUntil] = useState('');
  const give = (event: SubmitEvent) => {
    event.preventDefault();
    if (userId === null) return;
    onGive(kind === 'assign' ? { kind, userId } : { kind, userId, ...(until && { until: new Date(until).toISOString() }) }, users.find(user => user.id === userId)?.displayName ?? '');
  };
  return (
    <Dialog onClose={onClose} title={t(kind)}>
      <form onSubmit={give}>
        <Stack>
          <Select label={t('user')} searchable required data-autofocus data={users.map(user => ({ value: user.id, label: user.displayName }))} value={userId} onChange={setUserId} />
          {kind === 'delegate' && <TextInput type="datetime-local" label={t('until')} value={until} onChange={event => setUntil(event.currentTarget.value)} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{common('cancel')}</Button>
            <Button type="submit" disabled={userId === null}>{t(kind).replace(' …', '')}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
