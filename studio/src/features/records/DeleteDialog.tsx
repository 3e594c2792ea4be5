import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { apiAnswer, type Answer } from '../../api/client';
import { queryClient } from '../../api/query';
import { nameOf } from '../../api/recordName';
import { markGone, type AnyRecord } from '../../api/records';
import type { TypeDescription } from '../../api/types';
import { ErrorNotice } from '../../components/ErrorNotice';
import { useComponentTexts } from '../../components/useComponentTexts';
import { useToast } from '../../components/useToast';
import { useGo } from '../../components/useUrl';
import { undoDeletion, undoOf } from './batch';
import { useRecordsTexts } from './useRecordsTexts';

interface Props {
  readonly type: TypeDescription;
  readonly read: Answer<AnyRecord>;
  readonly onClose: () => void;
}

/** A deletion is asked for, although the toast takes it back: what goes with a record is not seen. What somebody has changed meanwhile is not deleted unseen. */
export function DeleteDialog({ type, read, onClose }: Props) {
  const t = useRecordsTexts();
  const common = useComponentTexts();
  const go = useGo();
  const toast = useToast();
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const name = nameOf(type, read.data);
  const remove = async () => {
    setBusy(true);
    setError(null);
    let undo: string | null;
    try {
      const { location } = await apiAnswer<null>(`/api/${type.name}/${read.data.id}`, { method: 'DELETE', ifMatch: read.etag });
      undo = location ? await undoOf(location) : null;
    } catch (e) {
      setError(e);
      setBusy(false);
      return;
    }
    go(`/records/${type.name}`);
    markGone(type.name, read.data.id);
    await queryClient.invalidateQueries({ queryKey: ['records', type.name], predicate: query => query.queryKey[2] !== read.data.id });
    if (undo === null) toast.done(t('deletedForGood', { name }));
    else toast.done(t('deleted', { name }), () => undoDeletion(undo));
  };
  return (
    <Dialog onClose={onClose} title={t('deleteTitle', { name })}>
      <Stack>
        <Text size="sm">{t('deleteExplain')}</Text>
        {error !== null && <ErrorNotice error={error} title={common('failed')} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>{common('cancel')}</Button>
          <Button color="red" loading={isBusy} onClick={() => void remove()}>{t('delete')}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
