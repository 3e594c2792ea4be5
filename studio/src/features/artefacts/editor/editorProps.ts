import type { DraftSaver } from './DraftSaver';

/** What an editor is given; what is typed goes to `saver.change`. */
export interface EditorProps {
  readonly kind: string;
  readonly artefactKey: string;
  /** The text to show; another number is another text, which came from elsewhere. */
  readonly incoming: { readonly text: string; readonly number: number };
  readonly canWrite: boolean;
  readonly saver: DraftSaver;
}
