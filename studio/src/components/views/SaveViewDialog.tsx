import { Button, Checkbox, Group, Select, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { Dialog } from '../Dialog';
import { useMay, useMe } from '../../api/me';
import { recordPageQuery, type AnyRecord } from '../../api/records';
import { ErrorNotice } from '../ErrorNotice';
import { useComponentTexts } from '../useComponentTexts';
import { useToast } from '../useToast';
import { createView, deleteView, type Sharing } from './views';

interface Props {
  readonly list: string;
  readonly state: string;
  readonly onClose: () => void;
}

interface Role extends AnyRecord {
  readonly name: string;
}

/** A name for the list as it is shown, for oneself or, for whoever may, for others too. */
export function SaveViewDialog({ list, state, onClose }: Props) {
  const t = useComponentTexts();
  const toast = useToast();
  const me = useMe();
  const may = useMay();
  const [name, setName] = useState('');
  const [sharing, setSharing] = useState<Sharing>('private');
  const [role, setRole] = useState<string | null>(null);
  const [isPinned, setPinned] = useState(true);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const known = useQuery({ ...recordPageQuery<Role>('roles', { limit: '200', sort: 'name' }), enabled: may('roles:read') && sharing === 'role' }).data?.items.map(one => one.name);
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    event.stopPropagation();
    setBusy(true);
    setError(null);
    try {
      const view = await createView(list, { name: name.trim(), state, sharing, ...(sharing === 'role' && role !== null && { role }), isPinned });
      toast.done(t('view.saved', { name: view.name }), () => deleteView(view));
      onClose();
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  };
  return (
    <Dialog onClose={onClose} title={t('view.save')}>
      <form onSubmit={save}>
        <Stack>
          <TextInput label={t('view.name')} required maxLength={100} data-autofocus value={name} onChange={event => setName(event.currentTarget.value)} />
          {may('views:share') && (
            <Select label={t('view.sharing')} allowDeselect={false} value={sharing} onChange={next => setSharing(next ?? 'private')}
              data={(['private', 'role', 'everyone'] as const).map(value => ({ value, label: t(`view.sharing.${value}`) }))} />
          )}
          {sharing === 'role' && <Select label={t('view.role')} required searchable data={known ?? [...me?.roles ?? []]} value={role} onChange={setRole} />}
          <Checkbox label={t('view.pinIt')} checked={isPinned} onChange={event => setPinned(event.currentTarget.checked)} />
          {error !== null && <ErrorNotice error={error} title={t('failed')} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('cancel')}</Button>
            <Button type="submit" loading={isBusy} disabled={name.trim() === '' || (sharing === 'role' && role === null)}>{t('save')}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
