import { Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { lifecycleQuery } from '../../components/actions/actions';
import { AppLink } from '../../components/AppLink';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { Page } from '../../components/Page';
import { useUrlState } from '../../components/useUrl';
import { filtersOf, fits, migrationsOf, sorted } from './filters';
import { NumberBoard, NumberGroups } from './NumberBoard';
import { NumberFilterBar } from './NumberFilterBar';
import { NumberGrid } from './NumberGrid';
import { NumberPanel } from './NumberPanel';
import { MostNumbers } from './numbers';
import { dashboardQuery, type PhoneNumber } from './porting';
import styles from './porting.module.css';
import { countBy, statesOf } from './states';
import { StatusCounts } from './StatusCounts';
import { useNumbers } from './useNumbers';
import { ViewChoice } from './ViewChoice';
import { usePortingTexts } from './usePortingTexts';

/** The numbers of a migration, of a site or of all: counted by state, filtered, and worked on many at a time. */
export default function NumbersPage() {
  const t = usePortingTexts();
  const [url, setUrl] = useUrlState();
  const dashboard = useQuery(dashboardQuery);
  const lifecycle = useQuery(lifecycleQuery('phone-numbers'));
  const migrations = useMemo(() => dashboard.data ?? [], [dashboard.data]);
  const isKnown = !url['site'] || dashboard.isSuccess;
  const numbers = useNumbers({ migrations: migrationsOf(url, migrations) }, isKnown);

  const filters = useMemo(() => filtersOf(url), [url]);
  const all = useMemo(() => numbers.data?.rows ?? [], [numbers.data]);
  const counted = useMemo(() => all.filter(number => fits(number, filters)), [all, filters]);
  const counts = useMemo(() => countBy(counted, number => number.status), [counted]);
  const names = useMemo(() => url['migration'] ? null : new Map(migrations.map(row => [row.id, row.name])), [url, migrations]);
  const one = migrations.find(row => row.id === url['migration']);
  const states = useMemo(() => statesOf(lifecycle.data?.states ?? [], counts.keys()), [lifecycle.data, counts]);
  const sort = url['sort'] ?? 'number';
  const rows = useMemo(
    () => sorted(filters.status.length === 0 ? counted : counted.filter(number => filters.status.includes(number.status)), sort, states),
    [counted, filters, sort, states]);
  const open = useCallback((number: PhoneNumber) => setUrl({ number: number.id }, 'push'), [setUrl]);
  const isBoard = url['view'] === 'board';
  const groupBy = NumberGroups.find(group => group === url['lanes']) ?? null;
  const error = numbers.error ?? dashboard.error ?? lifecycle.error;
  return (
    <Page fill title={one ? t('numbersOf', { name: one.name }) : t('numbers')} help="studio#numbers"
      above={one ? <AppLink size="sm" to={`/porting/${one.id}`}>{one.name}</AppLink> : <AppLink size="sm" to="/porting">{t('title')}</AppLink>}
      actions={(
        <>
        <ViewChoice groups={NumberGroups} />
        <TextInput type="search" aria-label={t('search')} placeholder={t('searchNumbers')} leftSection={<IconSearch size={16} aria-hidden />}
          value={url['q'] ?? ''} onChange={event => setUrl({ q: event.currentTarget.value })} />
        </>
      )}>
      {error !== null && <ErrorNotice error={error} onRetry={() => void numbers.refetch()} />}
      {error === null && (!numbers.data || !lifecycle.data) && <LoadingState />}
      {error === null && numbers.data && lifecycle.data && (
        <div className={styles.listed}>
          <NumberFilterBar migrations={migrations} numbers={all} />
          <StatusCounts states={states} counts={counts} chosen={filters.status} onChoose={status => setUrl({ status: status.join(',') })} />
          {!numbers.data.isWhole && <Text size="sm" c="dimmed" role="status">{t('reading', { count: all.length })}</Text>}
          {numbers.data.isTooMany && <Text size="sm" role="status">{t('tooMany', { count: MostNumbers })}</Text>}
          {all.length === 0
            ? <EmptyState title={t('noNumbers')} />
            : isBoard
              ? <NumberBoard numbers={rows} migrations={migrations} groupBy={groupBy} lifecycle={lifecycle.data} states={filters.status.length === 0 ? states : states.filter(state => filters.status.includes(state))} onOpen={open} />
              : <NumberGrid rows={rows} migrations={names} sort={sort} onSort={next => setUrl({ sort: next })} onOpen={open} />}
        </div>
      )}
      {url['number'] && <NumberPanel id={url['number']} onClose={() => setUrl({ number: null })} />}
    </Page>
  );
}
