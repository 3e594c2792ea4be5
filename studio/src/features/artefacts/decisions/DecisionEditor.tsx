import 'dmn-js/dist/assets/diagram-js.css';
import 'dmn-js/dist/assets/dmn-font/css/dmn-embedded.css';
import 'dmn-js/dist/assets/dmn-js-decision-table-controls.css';
import 'dmn-js/dist/assets/dmn-js-decision-table.css';
import 'dmn-js/dist/assets/dmn-js-literal-expression.css';
import 'dmn-js/dist/assets/dmn-js-shared.css';
import { Alert, Code, Select, Stack, VisuallyHidden } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useEffect, useReducer, useRef, useState } from 'react';
import { LoadingState } from '../../../components/LoadingState';
import { useUrlState } from '../../../components/useUrl';
import { useLanguage } from '../../../text/text';
import type { EditorProps } from '../editor/editorProps';
import { Tools } from '../trial/Tools';
import type { Trial } from '../trial/trial';
import { useArtefactsTexts } from '../useArtefactsTexts';
import styles from './DecisionEditor.module.css';
import { highlights } from './highlights';
import { TableModel, type ReadOnly } from './TableModel';
import { TableToolbar } from './TableToolbar';

/** Decision tables as tables: edited in dmn-js, tried beside it. Which decision of the model is open is in the address. */
export default function DecisionEditor({ kind, artefactKey, incoming, canWrite, saver }: EditorProps) {
  const t = useArtefactsTexts();
  const language = useLanguage();
  const [url, setUrl] = useUrlState();
  const container = useRef<HTMLDivElement>(null);
  const [model, setModel] = useState<TableModel | null>(null);
  const [readOnly, setReadOnly] = useState<ReadOnly>(null);
  const [trial, setTrial] = useState<Trial | null>(null);
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const open = url['decision'] ?? '';
  const shown = model?.decisions.find(one => one.id === open) ?? model?.decisions[0];
  const first = useRef(open);
  first.current = shown?.id ?? open;
  const words = useRef(t);
  words.current = t;
  // What was typed since the text came in; another language draws all anew.
  const typed = useRef({ since: incoming, text: incoming.text });

  useEffect(() => {
    const at = container.current;
    if (!at) return;
    let isGone = false;
    let opened: TableModel | null = null;
    if (typed.current.since !== incoming) typed.current = { since: incoming, text: incoming.text };
    const change = (xml: string) => {
      typed.current = { since: incoming, text: xml };
      saver.change(xml);
    };
    void TableModel.open(at, typed.current.text, canWrite, language, change, redraw).then(async made => {
      if (!(made instanceof TableModel)) {
        if (!isGone) setReadOnly(made.readOnly);
        return;
      }
      opened = made;
      if (isGone) { made.destroy(); return; }
      await made.show(first.current, words.current('rowTools'));
      setReadOnly(made.readOnly);
      setModel(made);
    });
    return () => {
      isGone = true;
      setModel(null);
      opened?.destroy();
    };
  }, [incoming, canWrite, saver, language]);

  useEffect(() => {
    if (model && shown) void model.show(shown.id, words.current('rowTools'));
  }, [model, shown?.id]); // eslint-disable-line react-hooks/exhaustive-deps -- the decisions are made anew with each drawing

  useEffect(() => {
    const at = container.current;
    if (!at || !model) return;
    const paste = (event: ClipboardEvent) => {
      if (!model.paste(event.clipboardData?.getData('text/plain') ?? '')) return;
      event.preventDefault();
      event.stopPropagation();
    };
    at.addEventListener('paste', paste, true);
    return () => at.removeEventListener('paste', paste, true);
  }, [model]);

  return (
    <div className={styles.halves}>
      <Stack gap="xs" className={styles.table}>
        {readOnly && <Alert variant="light" icon={<IconLock size={18} aria-hidden />} title={t('readOnly')}>{t(`readOnly.${readOnly.reason}`, { detail: readOnly.detail })}</Alert>}
        {model && model.decisions.length > 1 && (
          <Select label={t('decisionOf')} maw={320} allowDeselect={false} data={model.decisions.map(one => ({ value: one.id, label: one.name }))}
            value={shown?.id ?? null} onChange={id => setUrl({ decision: id })} />
        )}
        {model?.readOnly === null && model.isTable && <TableToolbar model={model} />}
        {!model && !readOnly && <LoadingState />}
        {readOnly?.reason === 'unreadable' && <Code block className={styles.text} tabIndex={0}>{incoming.text}</Code>}
        {shown && <VisuallyHidden component="h2">{shown.name}</VisuallyHidden>}
        <style>{trial && model ? highlights(trial, label => model.columnOf(label)) : ''}</style>
        <div ref={container} className={styles.dmn} hidden={readOnly?.reason === 'unreadable'} />
      </Stack>
      <Tools kind={kind} artefactKey={artefactKey} saver={saver} decision={shown?.name} rows={model?.rows ?? []} onTrial={setTrial} />
    </div>
  );
}
