import { Checkbox } from '@mantine/core';
import { flexRender, type Row } from '@tanstack/react-table';
import { memo, type MouseEvent, type PointerEvent } from 'react';
import styles from './DataTable.module.css';
import { useComponentTexts } from './useComponentTexts';

/** What a row tells its table; the same object as long as the table is there, so that a row is drawn again only when it has changed. */
export interface RowActions {
  readonly click: (event: MouseEvent, index: number) => void;
  readonly select: (index: number, isRange: boolean) => void;
  /** The pointer goes down on the place of the check box: a range may begin. */
  readonly press: (event: PointerEvent, index: number) => void;
  /** It comes to another row while it is down. */
  readonly reach: (index: number) => void;
}

interface Props<T> {
  readonly row: Row<T>;
  readonly index: number;
  /** Among all lines of the table, headers of sections included. */
  readonly position: number;
  readonly height: number;
  readonly name: string;
  readonly isAt: boolean;
  /** Undefined where nothing can be selected. */
  readonly isSelected: boolean | undefined;
  readonly opens: boolean;
  /** Whose cells are drawn; another list of columns draws them again. */
  readonly columns: unknown;
  readonly actions: RowActions;
}

function DrawnRow<T>({ row, index, position, height, name, isAt, isSelected, opens, actions }: Props<T>) {
  const t = useComponentTexts();
  return (
    <tr className={styles.row} style={{ height }} aria-rowindex={position + 2} data-at={isAt || undefined} data-selected={isSelected === true || undefined}
      data-opens={opens || undefined} onClick={event => actions.click(event, index)} onPointerEnter={() => actions.reach(index)}>
      {isSelected !== undefined && (
        <td className={styles.check} onPointerDown={event => actions.press(event, index)}>
          <Checkbox size="xs" aria-label={t('select', { what: name })} checked={isSelected}
            onChange={() => undefined} onClick={event => actions.select(index, event.shiftKey)} />
        </td>
      )}
      {row.getVisibleCells().map(cell => (
        <td key={cell.id} data-align={cell.column.columnDef.meta?.align}>{flexRender(cell.column.columnDef.cell, cell.getContext())}</td>
      ))}
    </tr>
  );
}

export const DataTableRow = memo(DrawnRow) as typeof DrawnRow;
