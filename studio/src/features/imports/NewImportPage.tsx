import { Select, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { typesQuery, type TypeDescription } from '../../api/types';
import { AppLink } from '../../components/AppLink';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { Page } from '../../components/Page';
import { useUrlState } from '../../components/useUrl';
import { ImportWizard } from './ImportWizard';
import { useImportsTexts } from './useImportsTexts';

/** From a file to records: what kind of records they are, then step by step. */
export default function NewImportPage() {
  const t = useImportsTexts();
  const [url, setUrl] = useUrlState();
  const types = useQuery(typesQuery);
  const importable = types.data?.items.filter(type => type.granted['import'] === true) ?? [];
  const type = importable.find(one => one.name === url['type']);
  return (
    <Page title={type ? t('newTitle', { type: type.label }) : t('new')} help="studio#importing" above={<AppLink size="sm" to="/imports">{t('title')}</AppLink>}>
      {types.isError && <ErrorNotice error={types.error} onRetry={() => void types.refetch()} />}
      {types.isPending && <LoadingState />}
      {types.isSuccess && (
        <Stack gap="lg">
          {!type && <TypeChoice types={importable} onChoose={name => setUrl({ type: name })} />}
          {type && <ImportWizard key={type.name} type={type} />}
        </Stack>
      )}
    </Page>
  );
}

function TypeChoice({ types, onChoose }: { readonly types: readonly TypeDescription[]; readonly onChoose: (name: string) => void }) {
  const t = useImportsTexts();
  return <Select label={t('type')} description={t('typeHint')} searchable maw={420} value={null} data={types.map(type => ({ value: type.name, label: type.label }))} onChange={name => name !== null && onChoose(name)} />;
}
