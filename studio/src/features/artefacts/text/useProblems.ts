import { useQuery } from '@tanstack/react-query';
import { validationQuery, type ArtefactProblem } from '../artefacts';
import type { DraftSaver } from '../editor/DraftSaver';

const none: readonly ArtefactProblem[] = [];

/** What is wrong with what is typed: why it was not saved, else what the service says of what it saved. */
export function useProblems(kind: string, key: string, saver: DraftSaver): readonly ArtefactProblem[] {
  const validation = useQuery({ ...validationQuery(kind, key, saver.hash), enabled: saver.hasDraft, placeholderData: previous => previous });
  return saver.state === 'refused' ? saver.problems : validation.data?.problems ?? none;
}
