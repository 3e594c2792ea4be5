import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { nameOf } from '../../api/recordName';
import { typeQuery, type TypeDescription } from '../../api/types';
import { AppLink } from '../../components/AppLink';
import card from '../../components/Card.module.css';
import { ErrorNotice } from '../../components/ErrorNotice';
import { useKeys } from '../../components/keyboard';
import { LoadingState } from '../../components/LoadingState';
import { Page } from '../../components/Page';
import { useComponentTexts } from '../../components/useComponentTexts';
import { useToast } from '../../components/useToast';
import { useAddress, useGo } from '../../components/useUrl';
import { createRecord } from './createRecord';
import { RecordFields } from './RecordFields';
import styles from './records.module.css';
import { useChanges } from './useChanges';
import { useRecordsTexts } from './useRecordsTexts';

export default function NewRecordPage() {
  const t = useRecordsTexts();
  const { type = '' } = useAddress();
  const described = useQuery(typeQuery(type));
  return (
    <Page title={t('newTitle', { type: described.data?.label ?? type })} help="studio#records" above={<AppLink size="sm" to={`/records/${type}`}>{described.data?.label ?? type}</AppLink>}>
      {described.isError && <ErrorNotice error={described.error} onRetry={() => void described.refetch()} />}
      {described.isPending && <LoadingState />}
      {described.data && <NewRecord key={type} type={described.data} />}
    </Page>
  );
}

function NewRecord({ type }: { readonly type: TypeDescription }) {
  const t = useRecordsTexts();
  const common = useComponentTexts();
  const go = useGo();
  const toast = useToast();
  const { changes, put, clear } = useChanges(`${type.name}/new`, null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);

  const submit = async () => {
    if (isBusy) return;
    setBusy(true);
    setError(null);
    try {
      const { record, undo } = await createRecord(type, changes);
      clear();
      toast.done(t('created', { name: nameOf(type, record) }), undo);
      go(`/records/${type.name}/${record.id}`);
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  };
  useKeys([{ keys: 'mod+Enter', label: t('createDo'), run: () => void submit() }]);
  return (
    <form className={card.card} noValidate onSubmit={(event: SubmitEvent) => {
      event.preventDefault();
      void submit();
    }}>
      <RecordFields type={type} saved={{}} changes={changes} onChange={(name, value) => put(name, value, undefined)} error={error} />
      {error !== null && <ErrorNotice error={error} title={common('failed')} />}
      <Group className={styles.save} justify="flex-end">
        {Object.keys(changes).length > 0 && <Button variant="default" onClick={() => { clear(); setError(null); }}>{t('discard')}</Button>}
        <Button type="submit" loading={isBusy} aria-keyshortcuts="Control+Enter">{t('createDo')}</Button>
      </Group>
    </form>
  );
}
