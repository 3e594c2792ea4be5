import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useReducer, useState, type ReactNode } from 'react';
import { api, apiAnswer, type Answer } from '../../../api/client';
import { MergeDialog } from '../../../components/merge/MergeDialog';
import { draftOf, pathOf, saveDraft, type Artefact, type ArtefactText } from '../artefacts';
import { tidyXml } from '../decisions/tidyXml';
import { useArtefactsTexts } from '../useArtefactsTexts';
import { DraftSaver } from './DraftSaver';
import type { LineConflict } from './mergeLines';

/** The draft, or what counts where there is none: that is what a first change is made of. */
export async function readDraft(kind: string, key: string): Promise<Answer<ArtefactText>> {
  const versions = await api<{ readonly items: readonly Artefact[] }>(`${pathOf(kind, key)}/versions`);
  return versions.items[0]?.state === 'draft' ? draftOf(kind, key) : apiAnswer<ArtefactText>(pathOf(kind, key));
}

interface Question {
  readonly conflicts: readonly LineConflict[];
  readonly settle: (chosen: readonly string[] | null) => void;
}

export interface Draft {
  readonly saver: DraftSaver;
  /** A text that came from elsewhere and is to be shown; its number changes with each. */
  readonly incoming: { readonly text: string; readonly number: number };
  readonly dialog: ReactNode;
}

/** Keeps the draft of an artefact as it is typed; nothing is lost by leaving the page. */
export function useDraft(kind: string, key: string, read: Answer<ArtefactText>): Draft {
  const t = useArtefactsTexts();
  const client = useQueryClient();
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const [question, setQuestion] = useState<Question | null>(null);
  const [incoming, setIncoming] = useState({ text: read.data.content, number: 0 });
  const [saver] = useState(() => new DraftSaver(read, {
    save: (content, ifMatch) => saveDraft(kind, key, content, ifMatch),
    read: () => readDraft(kind, key),
    ask: conflicts => new Promise(resolve => {
      setQuestion({ conflicts, settle: chosen => { setQuestion(null); resolve(chosen); } });
    }),
    onMerged: text => setIncoming(last => ({ text, number: last.number + 1 })),
    onChange: () => redraw(),
    ...(kind === 'decision' && { tidy: tidyXml }),
  }));
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      if (saver.isKept) return;
      void saver.flush();
      event.preventDefault();
    };
    window.addEventListener('beforeunload', warn);
    return () => {
      window.removeEventListener('beforeunload', warn);
      void saver.flush().then(() => client.invalidateQueries({ queryKey: ['records', 'artefacts'] }));
    };
  }, [saver, client]);
  const dialog = question && (
    <MergeDialog conflicts={question.conflicts.map((one, i) => ({ field: String(i + 1), ...one }))} labelOf={place => t('conflict', { place })}
      onCancel={() => question.settle(null)} onResolve={chosen => question.settle(question.conflicts.map((one, i) => chosen[String(i + 1)] as string | undefined ?? one.mine))} />
  );
  return { saver, incoming, dialog };
}
