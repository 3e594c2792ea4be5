import { Button, SimpleGrid, Stack } from '@mantine/core';
import { IconPencil, IconRocket, IconRoute } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMay } from '../../api/me';
import { AppLink } from '../../components/AppLink';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { Page } from '../../components/Page';
import { useAddress, useGo } from '../../components/useUrl';
import { addressOf, editorOf, versionsQuery } from './artefacts';
import { DraftCard } from './DraftCard';
import { UsesCard } from './UsesCard';
import { useArtefactsTexts } from './useArtefactsTexts';
import { VersionsTable } from './VersionsTable';

/** One artefact: what counts, what is being changed, who depends on it. */
export default function ArtefactPage() {
  const t = useArtefactsTexts();
  const go = useGo();
  const may = useMay();
  const { kind = '', key = '' } = useAddress();
  const versions = useQuery(versionsQuery(kind, key));
  const draft = versions.data?.find(version => version.state === 'draft');
  const isWorkflow = kind === 'workflow';
  return (
    <Page title={key} help="studio#artefacts" of={{ type: 'artefacts', id: `${kind}/${key}` }} above={<AppLink size="sm" to={`/artefacts?kind=${kind}`}>{t('title')}</AppLink>}
      actions={versions.isSuccess && (
        <>
          <Button variant={draft ? 'default' : 'filled'} leftSection={isWorkflow ? <IconRoute size={16} aria-hidden /> : <IconPencil size={16} aria-hidden />} onClick={() => go(editorOf(kind, key))}>
            {t(isWorkflow ? 'openDesigner' : may('artefacts:write') ? 'edit' : 'look')}
          </Button>
          {draft && <Button leftSection={<IconRocket size={16} aria-hidden />} onClick={() => go(`${addressOf(kind, key)}/review`)}>{t('review')}</Button>}
        </>
      )}>
      {versions.isPending && <LoadingState />}
      {versions.isError && <ErrorNotice error={versions.error} onRetry={() => void versions.refetch()} />}
      {versions.isSuccess && (
        <Stack gap="lg">
          {draft && <DraftCard draft={draft} />}
          <VersionsTable kind={kind} artefactKey={key} versions={versions.data.filter(version => version.state !== 'draft')} />
          <SimpleGrid cols={{ base: 1, md: 2 }}>
            <UsesCard kind={kind} artefactKey={key} direction="in" />
            <UsesCard kind={kind} artefactKey={key} direction="out" />
          </SimpleGrid>
        </Stack>
      )}
    </Page>
  );
}
