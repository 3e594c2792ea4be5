import { Button, Loader, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay } from '../../api/me';
import { queryClient } from '../../api/query';
import { nameOf } from '../../api/recordName';
import type { AnyRecord } from '../../api/records';
import type { TypeDescription } from '../../api/types';
import { offersQuery, type ManyOffer } from '../../components/actions/bulk';
import { ManyActionsDialog } from '../../components/actions/ManyActionsDialog';
import { ErrorNotice } from '../../components/ErrorNotice';
import { useComponentTexts } from '../../components/useComponentTexts';
import { readAll } from './batch';
import { useRecordsTexts } from './useRecordsTexts';

/** Beyond that nobody knows what they do; a filter makes it less. */
export const MostActedOn = 20_000;

interface Props {
  readonly type: TypeDescription;
  /** The records themselves, or the query of the list when all that it finds are meant. */
  readonly of: readonly AnyRecord[] | Readonly<Record<string, string>>;
  readonly count: number;
  readonly onDone: () => void;
}

const None: readonly AnyRecord[] = [];

const NoNews = () => undefined; // the list is read again at the end

/** Every action that the lifecycle of one of the selected records offers now, with how many do. */
export function ManyActions({ type, of, count, onDone }: Props) {
  const t = useRecordsTexts();
  const common = useComponentTexts();
  const may = useMay();
  const [asked, setAsked] = useState<{ readonly offer: ManyOffer; readonly names: ReadonlyMap<string, string> } | null>(null);
  const given = isList(of) ? of : null;
  const read = useQuery({
    queryKey: ['records', type.name, 'list', 'all', of],
    queryFn: ({ signal }) => given ? [] : readAll(type.name, of as Readonly<Record<string, string>>, () => undefined, signal),
    enabled: given === null && count <= MostActedOn,
    gcTime: 10_000,
  });
  const [records] = useDebouncedValue(given ?? read.data ?? None, 250);
  const offers = useQuery({ ...offersQuery(type.name, records), enabled: records.length > 0 });
  const end = () => void queryClient.invalidateQueries({ queryKey: ['records', type.name] });
  const error = read.error ?? offers.error;
  if (count > MostActedOn) return <Text size="sm">{t('actionsTooMany', { count: MostActedOn })}</Text>;
  return (
    <>
      {error === null && (records.length !== count || offers.isPending) && <Loader size="xs" aria-label={t('actionsReading')} />}
      {error !== null && <ErrorNotice error={error} onRetry={() => void (read.error ? read : offers).refetch()} />}
      {records.length === count && (offers.data ?? []).filter(offer => may(offer.permission)).map(offer => (
        <Button key={JSON.stringify({ ...offer, ids: 0 })} size="compact-sm" variant="default" onClick={() => setAsked({ offer, names: new Map(records.map(record => [record.id, nameOf(type, record)])) })}>
          {common('many.with', { action: offer.label, count: offer.ids.length })}
        </Button>
      ))}
      {asked && <ManyActionsDialog type={type.name} offer={asked.offer} label={asked.offer.label} names={asked.names} onRecords={NoNews} onEnd={end} onClose={isOver => {
        setAsked(null);
        if (isOver) onDone();
      }} />}
    </>
  );
}

function isList(of: Props['of']): of is readonly AnyRecord[] {
  return Array.isArray(of);
}
