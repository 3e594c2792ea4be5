import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ErrorNotice } from '../../../components/ErrorNotice';
import { LoadingState } from '../../../components/LoadingState';
import { validationQuery } from '../artefacts';
import { Problems } from '../Checks';
import type { DraftSaver } from '../editor/DraftSaver';
import { useArtefactsTexts } from '../useArtefactsTexts';

/** What is wrong with what is typed, as soon as it is saved, with its place. */
export function ProblemsPanel({ kind, artefactKey, saver }: { readonly kind: string; readonly artefactKey: string; readonly saver: DraftSaver }) {
  const t = useArtefactsTexts();
  const validation = useQuery({ ...validationQuery(kind, artefactKey, saver.hash), enabled: saver.hasDraft, placeholderData: previous => previous });
  if (saver.state === 'refused') return <Problems problems={saver.problems} />;
  if (!saver.hasDraft) return <Text size="sm" c="dimmed">{t('nothingDrafted')}</Text>;
  if (validation.isPending) return <LoadingState />;
  if (validation.isError) return <ErrorNotice error={validation.error} onRetry={() => void validation.refetch()} />;
  return <Problems problems={validation.data.problems} />;
}
