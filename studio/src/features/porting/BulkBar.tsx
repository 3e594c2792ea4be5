import { Button, Group, Loader, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay } from '../../api/me';
import { offersQuery, type ManyOffer } from '../../components/actions/bulk';
import { ManyActionsDialog } from '../../components/actions/ManyActionsDialog';
import { ErrorNotice } from '../../components/ErrorNotice';
import { useComponentTexts } from '../../components/useComponentTexts';
import { putNumbers } from './numbers';
import { countedAgain, type PhoneNumber } from './porting';
import styles from './porting.module.css';
import { useNames, usePortingTexts } from './usePortingTexts';

interface Props {
  /** Those that are selected and shown. */
  readonly numbers: readonly PhoneNumber[];
  readonly onClear: () => void;
}

/**
 * What can be done with the numbers that are selected: every action that one of them offers, with how many do. It stays while
 * its dialog is open, also when what the action has moved on is selected no longer.
 */
export function BulkBar({ numbers, onClear }: Props) {
  const t = usePortingTexts();
  const common = useComponentTexts();
  const names = useNames();
  const may = useMay();
  const [settled] = useDebouncedValue(numbers, 250);
  const offers = useQuery({ ...offersQuery('phone-numbers', settled), enabled: settled.length > 0 });
  const [asked, setAsked] = useState<{ readonly offer: ManyOffer; readonly names: ReadonlyMap<string, string> } | null>(null);
  const isBusy = offers.isPending || settled !== numbers;
  const actions = (offers.data ?? []).filter(offer => may(offer.permission));
  return (
    <>
      {numbers.length > 0 && (
        <Group className={styles.bulk} gap="xs" role="region" aria-label={t('bulk')}>
          <Text size="sm" fw={600} role="status">{t('selected', { count: numbers.length })}</Text>
          {isBusy && <Loader size="xs" aria-hidden />}
          {!isBusy && offers.isError && <ErrorNotice error={offers.error} onRetry={() => void offers.refetch()} />}
          {!isBusy && actions.map(offer => (
            <Button key={JSON.stringify({ ...offer, ids: 0 })} size="xs" variant={offer.ids.length === numbers.length ? 'filled' : 'default'} onClick={() => setAsked({ offer, names: new Map(numbers.map(one => [one.id, one.number])) })}>
              {common('many.with', { action: names.action(offer.name, offer.label), count: offer.ids.length })}
            </Button>
          ))}
          {!isBusy && offers.isSuccess && actions.length === 0 && <Text size="sm">{t('nothingForThese')}</Text>}
          <Button size="xs" variant="subtle" onClick={onClear}>{t('clearSelection')}</Button>
        </Group>
      )}
      {asked && (
        <ManyActionsDialog type="phone-numbers" offer={asked.offer} label={names.action(asked.offer.name, asked.offer.label)} labelOf={names.field} names={asked.names}
          onRecords={putNumbers} onEnd={countedAgain} onClose={() => setAsked(null)} />
      )}
    </>
  );
}
