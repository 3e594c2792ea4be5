import { Checkbox, Group, Select } from '@mantine/core';
import { useMemo } from 'react';
import { useUrlState } from '../../components/useUrl';
import type { MigrationRow, PhoneNumber } from './porting';
import { usePortingTexts } from './usePortingTexts';

interface Props {
  readonly migrations: readonly MigrationRow[];
  /** All of the scope, of which the carriers are those to choose from. */
  readonly numbers: readonly PhoneNumber[];
}

/** Which numbers are shown; all of it stands in the address. */
export function NumberFilterBar({ migrations, numbers }: Props) {
  const t = usePortingTexts();
  const [url, setUrl] = useUrlState();
  const sites = useMemo(() => [...new Set(migrations.map(row => row.site))].sort(), [migrations]);
  const carriers = useMemo(() => [...new Set(numbers.flatMap(number => number.currentCarrier ?? []))].sort(), [numbers]);
  const carrier = url['carrier'];
  return (
    <Group gap="xs" align="flex-end">
      <Select size="xs" label={t('site')} placeholder={t('allSites')} data={sites} value={url['site'] ?? null} clearable searchable
        onChange={site => setUrl({ site, migration: null })} />
      <Select size="xs" label={t('migration')} placeholder={t('allMigrations')} clearable searchable value={url['migration'] ?? null}
        data={migrations.filter(row => !url['site'] || row.site === url['site']).map(row => ({ value: row.id, label: row.name }))}
        onChange={migration => setUrl({ migration })} />
      <Select size="xs" label={t('carrier')} placeholder={t('allCarriers')} clearable searchable value={carrier ?? null}
        data={carrier && !carriers.includes(carrier) ? [carrier, ...carriers] : carriers} onChange={chosen => setUrl({ carrier: chosen })} />
      <Checkbox size="sm" mb={6} label={t('unassignedOnly')} checked={url['unassigned'] === 'true'} onChange={event => setUrl({ unassigned: event.currentTarget.checked ? 'true' : null })} />
    </Group>
  );
}
