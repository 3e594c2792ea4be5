import { SimpleGrid } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMay } from '../../api/me';
import { typesQuery } from '../../api/types';
import { AppLink } from '../../components/AppLink';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { Page } from '../../components/Page';
import { useRecordsTexts } from './useRecordsTexts';

/** What is on record: every type that the person may read. */
export default function RecordTypesPage() {
  const t = useRecordsTexts();
  const may = useMay();
  const types = useQuery(typesQuery);
  return (
    <Page title={t('title')} help="studio#records" actions={may('import-batches:read') && <AppLink to="/imports">{t('imports')}</AppLink>}>
      {types.isPending && <LoadingState />}
      {types.isError && <ErrorNotice error={types.error} onRetry={() => void types.refetch()} />}
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }}>
        {types.data?.items.map(type => <AppLink key={type.name} to={`/records/${type.name}`}>{type.label}</AppLink>)}
      </SimpleGrid>
    </Page>
  );
}
