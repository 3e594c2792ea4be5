import { useQuery } from '@tanstack/react-query';
import schema from '../../../../../rules/Rete/rule-set.schema.json';
import { api } from '../../../api/client';
import type { EditorProps } from '../editor/editorProps';
import { TextEditor } from '../text/TextEditor';
import styles from '../text/TextEditor.module.css';
import { useProblems } from '../text/useProblems';
import { Tools } from '../trial/Tools';
import { suggestionsAt, type Schema } from './schema';

interface Functions {
  readonly items: readonly { readonly signature: string }[];
}

const none: readonly string[] = [];

/** A rule set as YAML: keys from its schema, FEEL and everything else checked by the service as it is saved; tried beside it. */
export default function RulesetEditor({ kind, artefactKey, incoming, canWrite, saver }: EditorProps) {
  const problems = useProblems(kind, artefactKey, saver);
  const functions = useQuery({
    queryKey: ['feel', 'functions'],
    queryFn: ({ signal }) => api<Functions>('/api/feel/functions', { signal }),
    select: found => found.items.map(one => one.signature),
    staleTime: Infinity,
  });
  const suggest = (text: string, line: number, column: number) => suggestionsAt(schema as Schema, functions.data ?? none, text, line, column);
  return (
    <div className={styles.halves}>
      <TextEditor label={artefactKey} language="yaml" incoming={incoming} readOnly={!canWrite} onChange={text => saver.change(text)} problems={problems} suggest={suggest} />
      <Tools kind={kind} artefactKey={artefactKey} saver={saver} />
    </div>
  );
}
