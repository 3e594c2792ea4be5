import { Button, Group, TextInput } from '@mantine/core';
import { IconPlus, IconSearch, IconUpload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { nameOf } from '../../api/recordName';
import { countOf, type AnyRecord } from '../../api/records';
import { typeQuery, type TypeDescription } from '../../api/types';
import { DataTable } from '../../components/DataTable';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNotice } from '../../components/ErrorNotice';
import { defaultColumns } from '../../components/fields/fields';
import { useKeys } from '../../components/keyboard';
import { ColumnsMenu } from '../../components/lists/ColumnsMenu';
import { FilterBar } from '../../components/lists/FilterBar';
import { queryOf } from '../../components/lists/filters';
import { LoadingState } from '../../components/LoadingState';
import { Page } from '../../components/Page';
import { SavedViews } from '../../components/views/SavedViews';
import { useAddress, useGo, useUrlState } from '../../components/useUrl';
import { CellEditing } from './CellEditing';
import { columnsOf } from './columns';
import { ExportMenu } from './ExportMenu';
import styles from './records.module.css';
import { SelectionBar } from './SelectionBar';
import { useCellSave } from './useCellSave';
import { useRecordList } from './useRecordList';
import { useRecordsTexts } from './useRecordsTexts';

export default function RecordListPage() {
  const { type = '' } = useAddress();
  const described = useQuery(typeQuery(type));
  if (described.data) return <RecordList key={type} type={described.data} />;
  return (
    <Page title={type} help="studio#records">
      {described.isError ? <ErrorNotice error={described.error} onRetry={() => void described.refetch()} /> : <LoadingState />}
    </Page>
  );
}

/** The records of a type: found, looked through, changed where they stand, and many at once. */
function RecordList({ type }: { readonly type: TypeDescription }) {
  const t = useRecordsTexts();
  const go = useGo();
  const [url, setUrl] = useUrlState();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const sort = url['sort'] ?? '-createdAt';
  const [openedAt] = useState(() => Date.now()); // what "in a day" is counted from, so that the list keeps still
  const query = queryOf(url, type, openedAt);
  const { found, rows } = useRecordList(type.name, { ...query, sort }, true);
  const chosen = url['columns'];
  const names = useMemo(() => {
    const known = (chosen ?? '').split(',').filter(name => type.fields.some(field => field.name === name));
    return known.length > 0 ? known : defaultColumns(type);
  }, [chosen, type]);
  const columns = useMemo(() => columnsOf(type, names), [type, names]);
  const editing = useCellSave(type, rows);
  const asked = JSON.stringify(query);
  useEffect(() => setSelected(new Set()), [asked]);

  const create = () => go(`/records/${type.name}/new`);
  useKeys(type.granted['create'] ? [{ keys: 'c', label: t('create'), run: create }] : []);
  const firstBrief = names.slice(1).find(name => editing.isEditable(name));
  const isFiltered = Object.keys(query).length > 0;

  return (
    <Page fill title={type.label} help="studio#records"
      actions={
        <>
          {type.searchable && (
            <TextInput type="search" aria-label={t('search')} placeholder={t('search')} leftSection={<IconSearch size={16} aria-hidden />}
              value={url['q'] ?? ''} onChange={event => setUrl({ q: event.currentTarget.value })} />
          )}
          <ColumnsMenu fields={type.fields} chosen={names} onChange={next => setUrl({ columns: next.join(',') })} />
          {type.granted['export'] && <ExportMenu type={type.name} query={{ ...query, sort }} />}
          {type.granted['import'] && <Button variant="default" leftSection={<IconUpload size={16} aria-hidden />} onClick={() => go(`/imports/new?type=${type.name}`)}>{t('import')}</Button>}
          {type.granted['create'] && <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={create}>{t('create')}</Button>}
        </>
      }>
      <div className={styles.page}>
        <Group gap="xs" justify="space-between">
          <FilterBar type={type} />
          <SavedViews list={type.name} type={type.name} count={state => countOf(type.name, queryOf(state, type, openedAt))} />
        </Group>
        <SelectionBar type={type} rows={rows} selected={selected} onSelect={setSelected} query={query} hasMore={found.hasNextPage} />
        <div className={styles.list}>
          {found.isError && <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />}
          {found.isPending && <LoadingState />}
          {found.isSuccess && rows.length === 0 && <EmptyState title={isFiltered ? t('noneFound') : t('none')} />}
          {found.isSuccess && rows.length > 0 && (
            <CellEditing value={editing}>
              <DataTable label={type.label} rows={rows} columns={columns} idOf={row => row.id} nameOf={row => nameOf(type, row)} onOpen={row => go(`/records/${type.name}/${row.id}`)}
                {...(firstBrief !== undefined && { onEdit: (row: AnyRecord) => editing.begin({ id: row.id, field: firstBrief }) })} {...(type.writable && { selected, onSelect: setSelected })}
                sort={sort} onSort={next => setUrl({ sort: next })} hasMore={found.hasNextPage} onEnd={() => {
                  if (!found.isFetching) void found.fetchNextPage();
                }} />
            </CellEditing>
          )}
        </div>
      </div>
      {editing.dialog}
    </Page>
  );
}
