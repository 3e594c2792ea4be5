import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { queryClient } from '../../api/query';
import { ErrorNotice } from '../../components/ErrorNotice';
import { useComponentTexts } from '../../components/useComponentTexts';
import { useToast } from '../../components/useToast';
import { forgetMapping, nameMapping, type Remembered } from './imports';
import { useImportsTexts } from './useImportsTexts';

interface Props {
  /** The last used first. */
  readonly remembered: readonly Remembered[];
  readonly chosen: string | null;
  readonly onChoose: (mapping: Remembered | undefined) => void;
}

/** How columns went to fields in earlier files with the same columns: chosen, named, forgotten. */
export function RememberedMappings({ remembered, chosen, onChoose }: Props) {
  const t = useImportsTexts();
  const common = useComponentTexts();
  const toast = useToast();
  const [naming, setNaming] = useState<Remembered | null>(null);
  const [name, setName] = useState('');
  const [error, setError] = useState<unknown>(null);
  const current = remembered.find(one => one.id === chosen);
  const again = () => queryClient.invalidateQueries({ queryKey: ['import-mappings'] });
  const begin = (mapping: Remembered) => {
    setName(mapping.name ?? '');
    setError(null);
    setNaming(mapping);
  };
  const save = async (mapping: Remembered) => {
    try {
      await nameMapping(mapping.id, name.trim());
      await again();
      setNaming(null);
    } catch (e) {
      setError(e);
    }
  };
  const forget = async (mapping: Remembered) => {
    try {
      await forgetMapping(mapping.id);
      await again();
      onChoose(undefined);
      toast.done(t('mapping.forgotten'));
    } catch (e) {
      toast.failed(e);
    }
  };
  return (
    <Group align="end">
      <NativeSelect label={t('mapping')} value={chosen ?? ''} onChange={event => onChoose(remembered.find(one => one.id === event.currentTarget.value))}
        data={[{ value: '', label: t('mapping.byName') }, ...remembered.map(one => ({ value: one.id, label: one.name ?? t('mapping.last', { at: new Date(one.usedAt).toLocaleDateString() }) }))]} />
      {current && <Button variant="subtle" onClick={() => begin(current)}>{t('mapping.name')}</Button>}
      {current && <Button variant="subtle" onClick={() => void forget(current)}>{t('mapping.forget')}</Button>}
      {naming && (
        <Dialog onClose={() => setNaming(null)} title={t('mapping.nameTitle')}>
          <form onSubmit={event => {
            event.preventDefault();
            void save(naming);
          }}>
            <Stack>
              {error !== null && <ErrorNotice error={error} />}
              <TextInput label={t('mapping.nameLabel')} value={name} maxLength={100} onChange={event => setName(event.currentTarget.value)} data-autofocus />
              <Group justify="end">
                <Button variant="default" onClick={() => setNaming(null)}>{common('cancel')}</Button>
                <Button type="submit" disabled={name.trim() === ''}>{t('mapping.save')}</Button>
              </Group>
            </Stack>
          </form>
        </Dialog>
      )}
    </Group>
  );
}
