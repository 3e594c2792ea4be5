import { ActionIcon } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';
import { useState, type KeyboardEvent } from 'react';
import type { FieldDescription } from '../../api/types';
import { useExplain } from '../../components/ErrorNotice';
import { FieldInput } from '../../components/fields/FieldInput';
import { FieldValue } from '../../components/fields/FieldValue';
import { same } from '../../components/merge/threeWay';
import { useCellEditing } from './CellEditing';
import styles from './records.module.css';
import { useRecordsTexts } from './useRecordsTexts';

interface Props {
  readonly id: string;
  /** What people call the record. */
  readonly name: string;
  readonly field: FieldDescription;
  readonly value: unknown;
  /** The field that Tab goes on to, and, with Shift, back to. */
  readonly next: string | null;
  readonly previous: string | null;
}

/** A value of a list that can be changed where it stands. */
export function EditableCell({ id, name, field, value, next, previous }: Props) {
  const t = useRecordsTexts();
  const editing = useCellEditing();
  const isHere = editing?.at?.id === id && editing.at.field === field.name;
  if (isHere) return <Editor key={field.name} id={id} field={field} value={value} next={next} previous={previous} />;
  return (
    <span className={styles.cell}>
      <span className={styles.value}><FieldValue field={field} value={value} /></span>
      {editing && (
        <ActionIcon className={styles.pencil} size={24} variant="subtle" color="gray" tabIndex={-1} aria-label={t('changeCell', { field: field.label, name })}
          onClick={() => editing.begin({ id, field: field.name })}>
          <IconPencil size={14} aria-hidden />
        </ActionIcon>
      )}
    </span>
  );
}

function Editor({ id, field, value, next, previous }: Omit<Props, 'name'>) {
  const t = useRecordsTexts();
  const explain = useExplain();
  const editing = useCellEditing();
  const [changed, setChanged] = useState(value);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);

  const finish = async (goTo: string | null) => {
    if (!editing || isBusy) return;
    if (!same(changed, value)) {
      setBusy(true);
      setError(null);
      try {
        if (await editing.save({ id, field: field.name }, changed) === null) return;
      } catch (e) {
        setError(e);
        return; // it stays open, with what was typed
      } finally {
        setBusy(false);
      }
    }
    editing.begin(goTo === null ? null : { id, field: goTo });
  };
  const press = (event: KeyboardEvent) => {
    const goTo = event.shiftKey ? previous : next;
    if (event.key === 'Escape') editing?.begin(null);
    else if (event.key === 'Enter' && !isListOpen(event.target)) void finish(null);
    else if (event.key === 'Tab' && goTo !== null) void finish(goTo);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className={styles.editor} onKeyDownCapture={press} aria-busy={isBusy} onBlur={event => {
      if (!event.currentTarget.contains(event.relatedTarget) && event.relatedTarget !== null && error === null) void finish(null);
    }}>
      <FieldInput brief autoFocus field={field} value={changed} onChange={setChanged} error={error === null ? undefined : explain(error)} />
      <span className={styles.hint}>{t('cellKeys')}</span>
    </div>
  );
}

/** While a list of choices is open, Enter chooses. */
function isListOpen(target: EventTarget): boolean {
  return target instanceof HTMLElement && target.getAttribute('aria-expanded') === 'true';
}
