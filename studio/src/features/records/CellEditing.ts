import { createContext, use } from 'react';

export interface Cell {
  readonly id: string;
  readonly field: string;
}

interface CellEditing {
  /** The cell that is being changed. */
  readonly at: Cell | null;
  readonly begin: (cell: Cell | null) => void;
  /** Saves it; refuses with the reason why not. Null: nothing was saved, because the person goes on editing. */
  readonly save: (cell: Cell, value: unknown) => Promise<unknown>;
}

/** Which cell of the list is being changed; a context, so that the columns stay the same meanwhile. */
export const CellEditing = createContext<CellEditing | null>(null);

export function useCellEditing(): CellEditing | null {
  return use(CellEditing);
}
