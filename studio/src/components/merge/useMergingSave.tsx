import { useState, type ReactNode } from 'react';
import { ApiError, apiAnswer, type Answer } from '../../api/client';
import { queryClient } from '../../api/query';
import type { AnyRecord } from '../../api/records';
import { flat, nested } from '../fields/fields';
import { MergeDialog } from './MergeDialog';
import { threeWay, type Conflict, type Fields } from './threeWay';

interface Question {
  readonly conflicts: readonly Conflict[];
  readonly settle: (chosen: Fields | null) => void;
}

interface MergingSave {
  /**
   * Saves what has changed of a record against the version that was read. When somebody else was faster it joins both
   * changes, and asks where they meet. Own fields of the tenant are named as in the description: `custom.colour`. Null: the
   * person would rather go on editing, and nothing was saved.
   */
  readonly save: (type: string, read: Answer<AnyRecord>, change: Fields) => Promise<Answer<AnyRecord> | null>;
  /** To be drawn by whoever saves. */
  readonly dialog: ReactNode;
}

export function useMergingSave(labelOf?: (field: string) => string): MergingSave {
  const [question, setQuestion] = useState<Question | null>(null);

  const ask = (conflicts: readonly Conflict[]) => new Promise<Fields | null>(resolve => {
    setQuestion({
      conflicts,
      settle: chosen => {
        setQuestion(null);
        resolve(chosen);
      },
    });
  });

  const save = async (type: string, read: Answer<AnyRecord>, change: Fields): Promise<Answer<AnyRecord> | null> => {
    const path = `/api/${type}/${read.data.id}`;
    let base = read;
    let mine = change;
    for (;;) {
      try {
        const saved = await apiAnswer<AnyRecord>(path, { method: 'PATCH', body: nested(mine), ifMatch: base.etag });
        queryClient.setQueryData(['records', type, read.data.id], saved);
        return saved;
      } catch (e) {
        if (!(e instanceof ApiError && e.status === 412)) throw e;
      }
      const theirs = await apiAnswer<AnyRecord>(path);
      const { patch, conflicts } = threeWay(flat(base.data), mine, flat(theirs.data));
      const chosen = conflicts.length > 0 ? await ask(conflicts) : {};
      if (chosen === null) return null;
      base = theirs;
      mine = { ...patch, ...chosen };
      if (Object.keys(mine).length === 0) return theirs;
    }
  };

  const dialog = question && (
    <MergeDialog conflicts={question.conflicts} {...(labelOf && { labelOf })} onResolve={question.settle} onCancel={() => question.settle(null)} />
  );
  return { save, dialog };
}
