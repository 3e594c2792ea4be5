import type { EditorProps } from '../editor/editorProps';
import { TextEditor } from '../text/TextEditor';
import styles from '../text/TextEditor.module.css';
import { useProblems } from '../text/useProblems';
import { CalendarView } from './CalendarView';

/** A calendar as YAML, and as a week and a year to look at. */
export default function CalendarEditor({ kind, artefactKey, incoming, canWrite, saver }: EditorProps) {
  const problems = useProblems(kind, artefactKey, saver);
  return (
    <div className={styles.halves}>
      <TextEditor label={artefactKey} language="yaml" incoming={incoming} readOnly={!canWrite} onChange={text => saver.change(text)} problems={problems} />
      <div className={styles.side}><CalendarView artefactKey={artefactKey} hash={saver.hash} problems={problems} /></div>
    </div>
  );
}
