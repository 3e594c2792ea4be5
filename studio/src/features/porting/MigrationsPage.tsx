import { Progress, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { useMemo } from 'react';
import { lifecycleQuery } from '../../components/actions/actions';
import { AppLink } from '../../components/AppLink';
import { DataTable } from '../../components/DataTable';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { Page } from '../../components/Page';
import { useGo, useUrlState } from '../../components/useUrl';
import { MigrationBoard } from './MigrationBoard';
import { countedAgain, dashboardQuery, type MigrationRow } from './porting';
import styles from './porting.module.css';
import { countBy, listOf, statesOf } from './states';
import { StatusChip } from './StatusChip';
import { StatusCounts } from './StatusCounts';
import { TargetDate } from './TargetDate';
import { useEvents } from './useEvents';
import { usePortingTexts } from './usePortingTexts';
import { ViewChoice } from './ViewChoice';

const Counted = ['migrations', 'phone-numbers', 'end-users', 'sites'];

/** Every migration, how far it is and how much time is left. */
export default function MigrationsPage() {
  const t = usePortingTexts();
  const go = useGo();
  const [url, setUrl] = useUrlState();
  const dashboard = useQuery(dashboardQuery);
  const lifecycle = useQuery(lifecycleQuery('migrations'));
  const columns = useColumns();
  useEvents(Counted, countedAgain);

  const all = useMemo(() => dashboard.data ?? [], [dashboard.data]);
  const counts = useMemo(() => countBy(all, row => row.status), [all]);
  const states = statesOf(lifecycle.data?.states ?? [], counts.keys());
  const chosen = listOf(url['status']);
  const text = (url['q'] ?? '').trim().toLowerCase();
  const rows = all.filter(row =>
    (chosen.length === 0 || chosen.includes(row.status)) && (text === '' || `${row.name} ${row.site}`.toLowerCase().includes(text)));
  const error = dashboard.error ?? lifecycle.error;
  return (
    <Page fill title={t('title')} help="studio#porting"
      actions={(
        <>
          <ViewChoice groups={['site']} />
          <TextInput type="search" aria-label={t('search')} placeholder={t('searchMigrations')} leftSection={<IconSearch size={16} aria-hidden />}
            value={url['q'] ?? ''} onChange={event => setUrl({ q: event.currentTarget.value })} />
        </>
      )}>
      {error !== null && <ErrorNotice error={error} onRetry={() => void dashboard.refetch()} />}
      {error === null && (!dashboard.data || !lifecycle.data) && <LoadingState />}
      {dashboard.data && lifecycle.data && (all.length === 0
        ? <EmptyState title={t('noMigrations')}>{t('noMigrationsWhy')}</EmptyState>
        : (
          <div className={styles.listed}>
            <StatusCounts states={states} counts={counts} chosen={chosen} onChoose={status => setUrl({ status: status.join(',') })} />
            {url['view'] === 'board'
              ? <MigrationBoard rows={rows} isBySite={url['lanes'] === 'site'} lifecycle={lifecycle.data} states={chosen.length === 0 ? states : states.filter(state => chosen.includes(state))} />
              : <div className={styles.table}>
                {rows.length === 0
                  ? <EmptyState title={t('noneFits')} />
                  : <DataTable label={t('title')} rows={rows} columns={columns} idOf={row => row.id} nameOf={row => row.name} onOpen={row => go(`/porting/${row.id}`)} rowHeight={60} />}
              </div>}
          </div>
        ))}
    </Page>
  );
}

function useColumns(): readonly ColumnDef<MigrationRow>[] {
  const t = usePortingTexts();
  return useMemo((): readonly ColumnDef<MigrationRow>[] => [
    { id: 'name', header: t('migration'), size: 220, cell: ({ row }) => <AppLink size="sm" fw={500} to={`/porting/${row.original.id}`}>{row.original.name}</AppLink> },
    { id: 'status', header: t('status'), size: 160, cell: ({ row }) => <StatusChip status={row.original.status} /> },
    { id: 'site', header: t('site'), cell: ({ row }) => row.original.site, meta: { wide: true } },
    {
      id: 'progress', header: t('progress'), size: 130, meta: { wide: true },
      cell: ({ row }) => <Progress value={row.original.progress} size="lg" aria-label={t('progressOf', { name: row.original.name, percent: row.original.progress })} />,
    },
    { id: 'numbers', header: t('numbers'), size: 110, meta: { wide: true, align: 'end' }, cell: ({ row }) => t('ofAll', { done: row.original.portedNumbers, all: row.original.totalNumbers }) },
    { id: 'users', header: t('users'), size: 110, meta: { wide: true, align: 'end' }, cell: ({ row }) => t('ofAll', { done: row.original.configuredUsers, all: row.original.totalUsers }) },
    { id: 'target', header: t('target'), size: 150, meta: { wide: true }, cell: ({ row }) => <TargetDate row={row.original} /> },
  ], [t]);
}
