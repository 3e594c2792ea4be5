import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { ArtefactProblem } from '../artefacts';
import { monaco } from './monaco';
import styles from './TextEditor.module.css';

export interface Suggestion {
  readonly text: string;
  readonly detail?: string;
  /** A key of the format, a value that is one of several, or a function. */
  readonly kind: 'key' | 'value' | 'function';
}

interface Props {
  readonly label: string;
  readonly language: 'yaml' | 'handlebars' | 'json';
  /** Another number is another text, which came from elsewhere. */
  readonly incoming: { readonly text: string; readonly number: number };
  readonly readOnly: boolean;
  readonly onChange: (text: string) => void;
  readonly problems: readonly ArtefactProblem[];
  /** What may stand at a place; line and column from 1. */
  readonly suggest?: (text: string, line: number, column: number) => readonly Suggestion[];
}

/** A text in Monaco, with what is wrong marked where it stands. */
export function TextEditor({ label, language, incoming, readOnly, onChange, problems, suggest }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<monaco.editor.IStandaloneCodeEditor | null>(null);
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const latest = useRef({ incoming, onChange, suggest });
  useEffect(() => { latest.current = { incoming, onChange, suggest }; });

  useEffect(() => {
    if (!host.current) return;
    // An element that React has not drawn, because Monaco walks through whatever hangs on it, and React hangs much on its own.
    const announcer = host.current.appendChild(document.createElement('div'));
    const made = monaco.editor.create(host.current, {
      editContext: false, // a text area, so that the keys of the studio know that somebody types
      value: latest.current.incoming.text, language, readOnly, ariaLabel: label, ariaContainerElement: announcer, automaticLayout: true, fixedOverflowWidgets: true, minimap: { enabled: false },
      fontSize: 13, tabSize: 2, scrollBeyondLastLine: false, renderLineHighlight: 'line', wordWrap: 'on', quickSuggestions: { strings: true, other: true, comments: false }, wordBasedSuggestions: 'off', unicodeHighlight: { ambiguousCharacters: false },
    });
    editor.current = made;
    made.onDidChangeModelContent(() => latest.current.onChange(made.getValue()));
    const completion = monaco.languages.registerCompletionItemProvider(language, {
      triggerCharacters: [' ', ':'],
      provideCompletionItems: (model, at) => {
        if (model !== made.getModel()) return { suggestions: [] };
        const word = model.getWordUntilPosition(at);
        const range = { startLineNumber: at.lineNumber, endLineNumber: at.lineNumber, startColumn: word.startColumn, endColumn: word.endColumn };
        return { suggestions: (latest.current.suggest?.(model.getValue(), at.lineNumber, at.column) ?? []).map((one, i) => ({
          label: one.text, insertText: one.kind === 'key' ? `${one.text}: ` : one.text, detail: one.detail ?? '', kind: kindOf[one.kind], range, sortText: String(i).padStart(4, '0'),
        })) };
      },
    });
    return () => {
      completion.dispose();
      made.getModel()?.dispose();
      made.dispose();
      announcer.remove();
      editor.current = null;
    };
  }, [language, readOnly, label]);

  useEffect(() => {
    const now = editor.current;
    if (now && incoming.number > 0 && now.getValue() !== incoming.text) now.setValue(incoming.text);
  }, [incoming]);

  useEffect(() => monaco.editor.setTheme(scheme === 'dark' ? 'sb-dark' : 'sb-light'), [scheme]);

  useEffect(() => {
    const model = editor.current?.getModel();
    if (!model) return;
    monaco.editor.setModelMarkers(model, 'service', problems.filter(one => one.line !== null && one.line <= model.getLineCount()).map(one => {
      const [line, column] = [one.line ?? 1, one.column ?? 1];
      return {
        message: one.message, severity: one.severity === 'error' ? monaco.MarkerSeverity.Error : monaco.MarkerSeverity.Warning,
        startLineNumber: line, endLineNumber: line, startColumn: column, endColumn: Math.max(column + 1, model.getLineMaxColumn(line)),
      };
    }));
  }, [problems, language, readOnly, label]);

  return <div ref={host} className={styles.editor} />;
}

const kindOf = {
  key: monaco.languages.CompletionItemKind.Property,
  value: monaco.languages.CompletionItemKind.EnumMember,
  function: monaco.languages.CompletionItemKind.Function,
} as const;
