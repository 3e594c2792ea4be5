import { Button, Stack } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { AppLink } from '../../../components/AppLink';
import { EmptyState } from '../../../components/EmptyState';
import { ErrorNotice } from '../../../components/ErrorNotice';
import { LoadingState } from '../../../components/LoadingState';
import { Page } from '../../../components/Page';
import { useAddress, useGo, useUrlState } from '../../../components/useUrl';
import { addressOf, editorOf, versionsQuery } from '../artefacts';
import { Card } from '../Card';
import { Checks } from '../Checks';
import { useArtefactsTexts } from '../useArtefactsTexts';
import { Differences } from './Differences';
import { PublishForm } from './PublishForm';
import { ReplayCard } from './ReplayCard';

/**
 * What a draft would change, before it does: checks, tests, differences, past decisions made again; and its publishing. With
 * `from` and `to` in the address it compares two versions and publishes nothing.
 */
export default function ReviewPage() {
  const t = useArtefactsTexts();
  const go = useGo();
  const { kind = '', key = '' } = useAddress();
  const [url] = useUrlState();
  const versions = useQuery(versionsQuery(kind, key));
  const draft = versions.data?.find(version => version.state === 'draft');
  const counting = versions.data?.find(version => version.state === 'published')?.version ?? null;
  const to = url['to'] ?? 'draft';
  const from = url['from'] ?? (counting === null ? null : String(counting));
  const isReview = to === 'draft';
  const hash = versions.data?.find(version => (version.version === null ? 'draft' : String(version.version)) === to)?.hash;
  return (
    <Page title={isReview ? t('reviewTitle', { key }) : t('compareTitle', { key, from: from ?? '', to })} help="studio#reviewing-and-publishing"
      of={{ type: 'artefacts', id: `${kind}/${key}` }} above={<AppLink size="sm" to={addressOf(kind, key)}>{key}</AppLink>}
      actions={draft && isReview && (
        <Button variant="default" leftSection={<IconPencil size={16} aria-hidden />} onClick={() => go(editorOf(kind, key))}>{t('backToEditor')}</Button>
      )}>
      {versions.isPending && <LoadingState />}
      {versions.isError && <ErrorNotice error={versions.error} onRetry={() => void versions.refetch()} />}
      {versions.isSuccess && isReview && !draft && <EmptyState title={t('noDraft')}>{t('noDraftWhy')}</EmptyState>}
      {hash !== undefined && (
        <Stack gap="lg">
          {isReview && <Card title={t('checks')}><Checks kind={kind} artefactKey={key} hash={hash} /></Card>}
          <Card title={t('differences')}><Differences kind={kind} artefactKey={key} from={from} to={to} hash={hash} /></Card>
          {isReview && (kind === 'decision' || kind === 'ruleset') && <ReplayCard kind={kind} artefactKey={key} hash={hash} />}
          {isReview && draft && <PublishForm draft={draft} counting={counting} />}
        </Stack>
      )}
    </Page>
  );
}
