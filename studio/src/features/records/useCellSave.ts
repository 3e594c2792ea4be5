import { useState, type ReactNode } from 'react';
import type { Answer } from '../../api/client';
import { queryClient } from '../../api/query';
import { nameOf } from '../../api/recordName';
import type { AnyRecord } from '../../api/records';
import type { TypeDescription } from '../../api/types';
import { isBrief, valueOf } from '../../components/fields/fields';
import { useMergingSave } from '../../components/merge/useMergingSave';
import { useToast } from '../../components/useToast';
import type { Cell } from './CellEditing';
import { useRecordsTexts } from './useRecordsTexts';

interface CellSave {
  readonly at: Cell | null;
  readonly begin: (cell: Cell | null) => void;
  readonly save: (cell: Cell, value: unknown) => Promise<unknown>;
  readonly isEditable: (field: string) => boolean;
  readonly dialog: ReactNode;
}

/** Changes single values of the records of a list, with a way back in the toast. */
export function useCellSave(type: TypeDescription, rows: readonly AnyRecord[]): CellSave {
  const t = useRecordsTexts();
  const toast = useToast();
  const [at, setAt] = useState<Cell & { readonly base: AnyRecord } | null>(null);
  // A change is of what was there when it was begun: what others save meanwhile is merged, not overwritten.
  const begin = (cell: Cell | null) => {
    const base = rows.find(row => row.id === cell?.id);
    setAt(cell && base ? { ...cell, base } : null);
  };
  const labelOf = (name: string) => type.fields.find(field => field.name === name)?.label ?? name;
  const { save: merge, dialog } = useMergingSave(labelOf);

  const put = async (read: Answer<AnyRecord>, field: string, value: unknown) => {
    const saved = await merge(type.name, read, { [field]: value });
    await queryClient.invalidateQueries({ queryKey: ['records', type.name] });
    return saved;
  };
  const save = async (cell: Cell, value: unknown) => {
    const before = at?.base;
    if (before?.id !== cell.id) return undefined;
    const saved = await put(asRead(before), cell.field, value);
    if (saved !== null) toast.done(t('saved', { name: nameOf(type, saved.data) }), () => put(saved, cell.field, valueOf(before, cell.field) ?? null));
    return saved;
  };
  const isEditable = (name: string) => type.granted['update'] === true && type.fields.some(field => field.name === name && isBrief(field));
  return { at, begin, save, isEditable, dialog };
}

/** A record of a list, as if it had been read alone. */
function asRead(record: AnyRecord): Answer<AnyRecord> {
  return { data: record, etag: `"${record.version}"` };
}
