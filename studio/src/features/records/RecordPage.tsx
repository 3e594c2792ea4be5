import { Button, Menu, Stack } from '@mantine/core';
import { IconDots, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, type Answer } from '../../api/client';
import { useMay } from '../../api/me';
import { nameOf } from '../../api/recordName';
import { recordQuery, type AnyRecord } from '../../api/records';
import { typeQuery, type TypeDescription } from '../../api/types';
import { AppLink } from '../../components/AppLink';
import { ErrorNotice } from '../../components/ErrorNotice';
import { isWritable } from '../../components/fields/fields';
import { LoadingState } from '../../components/LoadingState';
import { Page } from '../../components/Page';
import { useAddress } from '../../components/useUrl';
import { CommentsCard } from './CommentsCard';
import { DeleteDialog } from './DeleteDialog';
import { FilesCard } from './FilesCard';
import { HistoryCard } from './HistoryCard';
import { RecordActions } from './RecordActions';
import { RecordFacts } from './RecordFacts';
import { RecordForm } from './RecordForm';
import styles from './records.module.css';
import { TagsRow } from './TagsRow';
import { useRecordsTexts } from './useRecordsTexts';

export default function RecordPage() {
  const { type = '', id = '' } = useAddress();
  const described = useQuery(typeQuery(type));
  const record = useQuery(recordQuery(type, id));
  const error = described.error ?? record.error;
  // What has been shown stays, also when the record is gone: somebody may have typed into it.
  if (described.data && record.data) {
    const isGone = record.error instanceof ApiError && record.error.status === 404;
    return <RecordView key={id} type={described.data} read={record.data} isGone={isGone} />;
  }
  return (
    <Page title={described.data?.label ?? type} help="studio#records" above={<AppLink size="sm" to={`/records/${type}`}>{described.data?.label ?? type}</AppLink>}>
      {error === null ? <LoadingState /> : <ErrorNotice error={error} onRetry={() => void record.refetch()} />}
    </Page>
  );
}

interface Props {
  readonly type: TypeDescription;
  readonly read: Answer<AnyRecord>;
  readonly isGone: boolean;
}

/** A record: its fields to be changed, what its lifecycle offers, what was said of it, and its history with the reasons. */
function RecordView({ type, read, isGone }: Props) {
  const t = useRecordsTexts();
  const may = useMay();
  const [isDeleting, setDeleting] = useState(false);
  const record = read.data;
  const name = nameOf(type, record);
  const mayWrite = type.granted['update'] === true && type.fields.some(isWritable);
  const where = { type: type.name, id: record.id };
  return (
    <Page title={name} help="studio#records" of={where} above={<AppLink size="sm" to={`/records/${type.name}`}>{type.label}</AppLink>}
      actions={
        <>
          {type.lifecycle !== null && !isGone && <RecordActions type={type} record={record} />}
          {type.granted['delete'] && !isGone && (
            <Menu position="bottom-end" withinPortal>
              <Menu.Target><Button variant="default" px="xs" aria-label={t('more')}><IconDots size={18} aria-hidden /></Button></Menu.Target>
              <Menu.Dropdown>
                <Menu.Item c="var(--mantine-color-error)" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => setDeleting(true)}>{t('delete')}</Menu.Item>
              </Menu.Dropdown>
            </Menu>
          )}
        </>
      }>
      <div className={styles.columns}>
        <Stack gap="lg">
          {mayWrite && <RecordForm type={type} read={read} isGone={isGone} />}
          <RecordFacts type={type} record={record} isAll={!mayWrite} />
        </Stack>
        {!isGone && (
          <Stack gap="lg">
            <TagsRow {...where} mayWrite={type.granted['update'] === true} />
            <CommentsCard {...where} mayWrite={type.granted['update'] === true} />
            <FilesCard {...where} mayWrite={type.granted['update'] === true} />
            <HistoryCard {...where} fields={type.fields} mayOpenInstance={may('artefacts:read')} />
          </Stack>
        )}
      </div>
      {isDeleting && <DeleteDialog type={type} read={read} onClose={() => setDeleting(false)} />}
    </Page>
  );
}
