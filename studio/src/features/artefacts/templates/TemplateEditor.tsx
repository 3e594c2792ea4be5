import type { EditorProps } from '../editor/editorProps';
import { TextEditor } from '../text/TextEditor';
import styles from '../text/TextEditor.module.css';
import { useProblems } from '../text/useProblems';
import { PreviewPanel } from './PreviewPanel';

/** A Handlebars template, with what it produces for a record beside it. */
export default function TemplateEditor({ kind, artefactKey, incoming, canWrite, saver }: EditorProps) {
  const problems = useProblems(kind, artefactKey, saver);
  return (
    <div className={styles.halves}>
      <TextEditor label={artefactKey} language="handlebars" incoming={incoming} readOnly={!canWrite} onChange={text => saver.change(text)} problems={problems} />
      <div className={styles.side}><PreviewPanel artefactKey={artefactKey} hash={saver.hash} problems={problems} /></div>
    </div>
  );
}
