import { Group, Select, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { useMemo } from 'react';
import { AppLink } from '../../components/AppLink';
import { Chip } from '../../components/Chip';
import { DataTable } from '../../components/DataTable';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { Page } from '../../components/Page';
import { useGo, useUrlState } from '../../components/useUrl';
import { When } from '../../components/When';
import { addressOf, artefactsQuery, kinds, type ListedArtefact } from './artefacts';
import { chosen } from './library';
import { StateChip } from './StateChip';
import { useArtefactsTexts } from './useArtefactsTexts';

/** Everything that people change while the service runs, with what counts and who is changing it. */
export default function ArtefactsPage() {
  const t = useArtefactsTexts();
  const go = useGo();
  const [url, setUrl] = useUrlState();
  const all = useQuery(artefactsQuery);
  const rows = useMemo(() => chosen(all.data ?? [], url), [all.data, url]);
  const columns = useMemo((): ColumnDef<ListedArtefact>[] => [
    { id: 'key', header: t('key'), size: 240, cell: ({ row }) => <AppLink to={addressOf(row.original.kind, row.original.key)}>{row.original.key}</AppLink> },
    { id: 'kind', header: t('kind'), size: 120, cell: ({ row }) => t(`kind.${row.original.kind}`) },
    { id: 'state', header: t('state'), size: 150, cell: ({ row }) => <StateChip state={row.original.state} />, meta: { wide: true } },
    { id: 'version', header: t('version'), size: 80, cell: ({ row }) => row.original.version, meta: { wide: true, align: 'end' } },
    { id: 'draft', header: t('draft'), size: 110, cell: ({ row }) => row.original.draft && row.original.state !== 'draft' && <Chip tone="accent">{t('state.draft')}</Chip>, meta: { wide: true } },
    { id: 'by', header: t('changedBy'), cell: ({ row }) => (row.original.draft ?? row.original).author, meta: { wide: true } },
    { id: 'at', header: t('changedAt'), size: 220, cell: ({ row }) => <ChangedAt artefact={row.original} />, meta: { wide: true } },
  ], [t]);
  return (
    <Page fill title={t('title')} help="studio#artefacts" actions={(
      <Group gap="xs">
        <Select aria-label={t('kind')} placeholder={t('allKinds')} clearable clearButtonProps={{ 'aria-label': t('allKinds') }} w={170}
          data={kinds.map(kind => ({ value: kind, label: t(`kind.${kind}`) }))} value={url['kind'] ?? null} onChange={kind => setUrl({ kind })} />
        <TextInput type="search" aria-label={t('search')} placeholder={t('search')} leftSection={<IconSearch size={16} aria-hidden />}
          value={url['q'] ?? ''} onChange={event => setUrl({ q: event.currentTarget.value })} />
      </Group>
    )}>
      {all.isPending && <LoadingState />}
      {all.isError && <ErrorNotice error={all.error} onRetry={() => void all.refetch()} />}
      {all.isSuccess && (rows.length === 0
        ? <EmptyState title={t('noneFound')} />
        : <DataTable label={t('title')} rows={rows} columns={columns} idOf={row => `${row.kind}/${row.key}`} nameOf={row => row.key} onOpen={row => go(addressOf(row.kind, row.key))} />)}
    </Page>
  );
}

function ChangedAt({ artefact }: { readonly artefact: ListedArtefact }) {
  const t = useArtefactsTexts();
  if (artefact.draft) return <When at={artefact.draft.updatedAt} short />;
  return artefact.shipped ? t('shipped') : <When at={artefact.updatedAt} short />;
}
