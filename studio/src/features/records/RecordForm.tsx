import { Alert, Button, Group, Text } from '@mantine/core';
import { IconTrashX } from '@tabler/icons-react';
import { useState, type SubmitEvent } from 'react';
import { ApiError, type Answer } from '../../api/client';
import { queryClient } from '../../api/query';
import { nameOf } from '../../api/recordName';
import type { AnyRecord } from '../../api/records';
import type { TypeDescription } from '../../api/types';
import card from '../../components/Card.module.css';
import { ErrorNotice } from '../../components/ErrorNotice';
import { flat, writableValues } from '../../components/fields/fields';
import { useKeys } from '../../components/keyboard';
import type { Fields } from '../../components/merge/threeWay';
import { useMergingSave } from '../../components/merge/useMergingSave';
import { useEditing } from '../../components/presence';
import { useGo } from '../../components/useUrl';
import { useComponentTexts } from '../../components/useComponentTexts';
import { useToast } from '../../components/useToast';
import { createRecord } from './createRecord';
import { RecordFields } from './RecordFields';
import styles from './records.module.css';
import { useChanges } from './useChanges';
import { useRecordsTexts } from './useRecordsTexts';

interface Props {
  readonly type: TypeDescription;
  readonly read: Answer<AnyRecord>;
  /** Somebody else has deleted it meanwhile: what is typed stays, and can become a new record. */
  readonly isGone: boolean;
}

/** The fields of a record, to be changed; what is typed is kept until it is saved. */
export function RecordForm({ type, read, isGone }: Props) {
  const t = useRecordsTexts();
  const common = useComponentTexts();
  const go = useGo();
  const toast = useToast();
  const { changes, base, put, clear } = useChanges(`${type.name}/${read.data.id}`, read);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const { save, dialog } = useMergingSave(name => type.fields.find(field => field.name === name)?.label ?? name);
  const isChanged = Object.keys(changes).length > 0;

  useEditing(isChanged);

  const store = async (before: Answer<AnyRecord>, change: Fields) => {
    const saved = await save(type.name, before, change);
    await queryClient.invalidateQueries({ queryKey: ['records', type.name] });
    return saved;
  };
  const run = async (work: () => Promise<void>) => {
    if (isBusy) return;
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  };
  const submit = () => run(async () => {
    if (!isChanged || isGone) return;
    const before = flat(base.data);
    const saved = await store(base, changes);
    if (saved === null) return;
    clear();
    const back = Object.fromEntries(Object.keys(changes).map(name => [name, before[name] ?? null]));
    toast.done(t('saved', { name: nameOf(type, saved.data) }), () => store(saved, back));
  });
  const createAgain = () => run(async () => {
    const { record, undo } = await createRecord(type, { ...writableValues(type, read.data), ...changes });
    clear();
    toast.done(t('created', { name: nameOf(type, record) }), undo);
    go(`/records/${type.name}/${record.id}`);
  });
  useKeys([{ keys: 'mod+Enter', label: common('save'), run: () => void submit() }]);

  const isDeleted = isGone || (error instanceof ApiError && error.status === 404);
  return (
    <form className={card.card} aria-label={t('fields')} noValidate onSubmit={(event: SubmitEvent) => {
      event.preventDefault();
      void submit();
    }}>
      {isDeleted && (
        <Alert role="alert" color="red" variant="outline" mb="md" icon={<IconTrashX size={18} aria-hidden />} title={<Text span fw={600} c="var(--mantine-color-text)">{t('goneTitle')}</Text>}>
          <Text size="sm" mb="xs">{t('goneExplain')}</Text>
          {type.granted['create'] && <Button size="compact-sm" variant="default" loading={isBusy} onClick={() => void createAgain()}>{t('createAgain')}</Button>}
        </Alert>
      )}
      <RecordFields type={type} saved={read.data} changes={changes} onChange={(name, value) => put(name, value, flat(base.data)[name])} error={error} />
      {error !== null && !isDeleted && <ErrorNotice error={error} title={common('failed')} />}
      {isChanged && !isDeleted && (
        <Group className={styles.save} justify="space-between">
          <Text size="sm" c="dimmed" role="status">{t('unsaved', { count: Object.keys(changes).length })}</Text>
          <Group gap="xs">
            <Button variant="default" onClick={() => { clear(); setError(null); }}>{t('discard')}</Button>
            <Button type="submit" loading={isBusy} aria-keyshortcuts="Control+Enter">{common('save')}</Button>
          </Group>
        </Group>
      )}
      {dialog}
    </form>
  );
}
