import { Text } from '@mantine/core';
import { Problems } from '../Checks';
import type { DraftSaver } from '../editor/DraftSaver';
import { useProblems } from '../text/useProblems';
import { useArtefactsTexts } from '../useArtefactsTexts';

/** What is wrong with what is typed, as soon as it is saved, with its place. */
export function ProblemsPanel({ kind, artefactKey, saver }: { readonly kind: string; readonly artefactKey: string; readonly saver: DraftSaver }) {
  const t = useArtefactsTexts();
  const problems = useProblems(kind, artefactKey, saver);
  if (!saver.hasDraft && saver.state !== 'refused') return <Text size="sm" c="dimmed">{t('nothingDrafted')}</Text>;
  return <Problems problems={problems} />;
}
