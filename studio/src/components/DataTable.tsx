import { Checkbox } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { flexRender, getCoreRowModel, useReactTable, type ColumnDef, type RowData } from '@tanstack/react-table';
import { defaultRangeExtractor, useVirtualizer, type Range, type VirtualItem } from '@tanstack/react-virtual';
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent, type PointerEvent, type ReactNode } from 'react';
import styles from './DataTable.module.css';
import { DataTableRow, type RowActions } from './DataTableRow';
import { DataTableSection, type Section } from './DataTableSection';
import { useKeys } from './keyboard';
import { useComponentTexts } from './useComponentTexts';

declare module '@tanstack/react-table' {
  // The parameters are those of the declaration that this extends.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  interface ColumnMeta<TData extends RowData, TValue> {
    /** Not shown where there is little room. */
    wide?: boolean;
    /** The name of the field that the service sorts by. */
    sort?: string;
    align?: 'end';
  }
}

interface Props<Row> {
  /** What the table is of, for those who hear it. */
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly ColumnDef<Row>[];
  readonly idOf: (row: Row) => string;
  readonly nameOf: (row: Row) => string;
  readonly onOpen?: (row: Row) => void;
  /** What `e` does with the row that `j` and `k` have come to. */
  readonly onEdit?: (row: Row) => void;
  /** The address of a row, for a new tab; a click goes by onOpen. */
  readonly selected?: ReadonlySet<string>;
  readonly onSelect?: (selected: ReadonlySet<string>) => void;
  /** As the service takes it: `dueAt`, `-createdAt`. */
  readonly sort?: string;
  readonly onSort?: (sort: string) => void;
  /** Called when the end comes into sight. */
  readonly onEnd?: () => void;
  readonly hasMore?: boolean;
  readonly rowHeight?: number;
  /** What the rows are parted into, in their order; those of a closed section are not among the rows. */
  readonly sections?: readonly Section[] | undefined;
  readonly sectionName?: (key: string) => ReactNode;
  readonly onToggle?: (section: Section) => void;
}

/** Where the header of a section stands among all lines of the table, and the row that comes first after it. */
interface Head {
  readonly section: Section;
  readonly position: number;
  readonly firstRow: number;
}

function headsOf(sections: readonly Section[] | undefined): readonly Head[] {
  const heads: Head[] = [];
  let row = 0;
  for (const section of sections ?? []) {
    heads.push({ section, position: heads.length + row, firstRow: row });
    row += section.length;
  }
  return heads;
}

/** The last header that stands at a line or before it; -1 for none. */
function headBefore(heads: readonly Head[], line: number): number {
  let [low, high] = [0, heads.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((heads[middle]?.position ?? 0) <= line) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * Rows with real headers, drawn only where they are seen, so that twenty thousand scroll like twenty. `j` and `k` move, `x`
 * selects (with Shift a range), Enter opens. The arrows with Shift, a click with Shift and dragging along the check boxes
 * select ranges too; Ctrl+A selects all. Rows can be parted into sections, each a body of the table under a header of its own.
 */
export function DataTable<Row>({
  label, rows, columns, idOf, nameOf, onOpen, onEdit, selected, onSelect, sort = '', onSort, onEnd, hasMore = false, rowHeight = 44, sections, sectionName, onToggle,
}: Props<Row>) {
  const t = useComponentTexts();
  const scroller = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(-1);
  const anchor = useRef(-1);
  const isNarrow = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
  const shown = useMemo(() => isNarrow ? columns.filter(column => !column.meta?.wide) : columns, [isNarrow, columns]);
  const dragged = useRef(-1);

  const table = useReactTable<Row>({
    data: rows as Row[], columns: shown as ColumnDef<Row>[], getRowId: idOf, getCoreRowModel: getCoreRowModel(), manualSorting: true, columnResizeMode: 'onChange',
    defaultColumn: { size: 140, minSize: 60 },
  });
  const model = table.getRowModel().rows;
  const heads = useMemo(() => headsOf(sections), [sections]);
  const lines = model.length + heads.length;
  // The header of the section that one is in stays there, also for those who hear the table, however long the section is.
  const rangeExtractor = useCallback((range: Range) => {
    const shownLines = defaultRangeExtractor(range);
    const head = heads[headBefore(heads, range.startIndex)];
    return head === undefined || head.position >= (shownLines[0] ?? 0) ? shownLines : [head.position, ...shownLines];
  }, [heads]);
  const virtual = useVirtualizer({ count: lines, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 12, rangeExtractor });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;

  useEffect(() => {
    if (hasMore && last >= lines - 10) onEnd?.();
  }, [hasMore, last, lines, onEnd]);

  const awaited = useRef<string | null>(null);
  useEffect(() => {
    if (awaited.current === null) return;
    const header = scroller.current?.querySelector<HTMLElement>(`[data-section="${CSS.escape(awaited.current)}"]`);
    if (!header) return;
    awaited.current = null;
    header.focus({ preventScroll: true });
  });
  const [, setMoved] = useState(0);
  const goToHead = (index: number) => {
    const head = heads[Math.max(0, Math.min(index, heads.length - 1))];
    if (!head) return;
    virtual.scrollToIndex(head.position);
    awaited.current = head.section.key; // it may first have to be drawn
    setMoved(times => times + 1);
  };
  /** Where a row stands among the lines: after the header of its section and of those before. */
  const lineOf = (row: number) => {
    let count = 0;
    while (count < heads.length && (heads[count]?.firstRow ?? 0) <= row) count++;
    return row + count;
  };

  const move = (to: number) => {
    const next = Math.max(0, Math.min(to, model.length - 1));
    setAt(next);
    if (model.length > 0) virtual.scrollToIndex(lineOf(next));
  };
  const select = (index: number, isRange: boolean) => {
    const row = model[index];
    if (!row || !selected || !onSelect) return;
    if (isRange && anchor.current >= 0) return selectRange(anchor.current, index);
    const next = new Set(selected);
    if (!next.delete(row.id)) next.add(row.id);
    anchor.current = index;
    onSelect(next);
  };
  const selectRange = (from: number, to: number) => {
    if (!selected || !onSelect) return;
    const next = new Set(selected);
    for (const one of model.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(one.id);
    onSelect(next);
  };
  const open = (index: number) => {
    const row = model[index];
    if (row) onOpen?.(row.original);
  };

  const edit = (index: number) => {
    const row = model[index];
    if (row) onEdit?.(row.original);
  };

  useKeys([
    { keys: 'j', label: '↓', run: () => move(at + 1) },
    { keys: 'k', label: '↑', run: () => move(at - 1) },
    ...(onSelect ? [{ keys: 'x', label: t('select', { what: '' }), run: () => select(at, false) }, { keys: 'shift+x', label: t('select', { what: '…' }), run: () => select(at, true) }] : []),
    ...(onOpen ? [{ keys: 'Enter', label: '↵', run: () => open(at) }] : []),
    ...(onEdit ? [{ keys: 'e', label: t('edit'), run: () => edit(at) }] : []),
  ]);

  const arrows = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return; // a control in a cell has keys of its own
    if (onSelect && event.key === 'a' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      onSelect(new Set(model.map(row => row.id)));
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -model.length, End: model.length }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    if (event.shiftKey && onSelect && at >= 0) {
      if (anchor.current < 0) anchor.current = at;
      selectRange(anchor.current, Math.max(0, Math.min(at + step, model.length - 1)));
    } else {
      anchor.current = -1;
    }
    move(at + step);
  };
  const click = (event: MouseEvent, index: number) => {
    setAt(index);
    if ((event.target as HTMLElement).closest('a, button, input, label')) return;
    if (onSelect && (event.shiftKey || event.ctrlKey || event.metaKey)) select(index, event.shiftKey);
    else open(index);
  };
  const press = (event: PointerEvent, index: number) => {
    if (event.button !== 0 || event.pointerType === 'touch' || event.shiftKey) return; // a finger scrolls
    dragged.current = index;
    window.addEventListener('pointerup', () => {
      dragged.current = -1;
    }, { once: true });
  };
  const reach = (index: number) => {
    if (dragged.current < 0 || dragged.current === index) return;
    anchor.current = dragged.current;
    setAt(index);
    selectRange(dragged.current, index);
  };
  const latest = useRef<RowActions>({ click, select, press, reach });
  useEffect(() => {
    latest.current = { click, select, press, reach };
  });
  const actions = useMemo((): RowActions => ({
    click: (event, index) => latest.current.click(event, index),
    select: (index, isRange) => latest.current.select(index, isRange),
    press: (event, index) => latest.current.press(event, index),
    reach: index => latest.current.reach(index),
  }), []);

  const span = shown.length + (onSelect ? 1 : 0);
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const draw = (item: VirtualItem) => {
    const headAt = headBefore(heads, item.index);
    const head = heads[headAt];
    if (head?.position === item.index) {
      return (
        <DataTableSection key={item.index} section={head.section} name={sectionName?.(head.section.key)} position={item.index} height={rowHeight} columns={span}
          onToggle={() => onToggle?.(head.section)} onMove={by => goToHead(headAt + by)} />
      );
    }
    const index = item.index - headAt - 1;
    const row = model[index];
    return row && (
      <DataTableRow key={row.id} row={row} index={index} position={item.index} height={rowHeight} name={nameOf(row.original)} isAt={index === at}
        isSelected={onSelect && (selected?.has(row.id) ?? false)} opens={onOpen !== undefined} columns={shown} actions={actions} />
    );
  };
  // One body a section, each with the lines of it that are seen, and a gap where lines between them are not.
  const bodies: { readonly key: string; readonly lines: ReactNode[] }[] = [];
  let end = 0;
  for (const item of items) {
    const key = heads[headBefore(heads, item.index)]?.section.key ?? '';
    const body = bodies.at(-1)?.key === key ? bodies[bodies.length - 1] : bodies[bodies.push({ key, lines: [] }) - 1];
    if (item.start > end) body?.lines.push(<Gap key={`gap ${item.index}`} height={item.start - end} span={span} />);
    body?.lines.push(draw(item));
    end = item.end;
  }
  if (after > 0) (bodies.at(-1) ?? bodies[bodies.push({ key: '', lines: [] }) - 1])?.lines.push(<Gap key="after" height={after} span={span} />);
  const areAll = useMemo(() => selected !== undefined && model.length > 0 && model.every(row => selected.has(row.id)), [selected, model]);
  return (
    <div className={styles.scroller} ref={scroller} tabIndex={0} role="region" aria-label={label} onKeyDown={arrows}>
      <table className={styles.table} aria-label={label} aria-rowcount={hasMore ? -1 : lines + 1}>
        <thead className={styles.head}>
          {table.getHeaderGroups().map(group => (
            <tr key={group.id}>
              {onSelect && (
                <th className={styles.check}>
                  <Checkbox size="xs" aria-label={t('selectAll')} checked={areAll} indeterminate={!areAll && (selected?.size ?? 0) > 0}
                    onChange={() => onSelect(areAll ? new Set() : new Set(model.map(row => row.id)))} />
                </th>
              )}
              {group.headers.map(header => {
                const field = header.column.columnDef.meta?.sort;
                const direction = field === undefined ? null : sort === field ? 'ascending' : sort === `-${field}` ? 'descending' : null;
                const name = flexRender(header.column.columnDef.header, header.getContext());
                return (
                  <th key={header.id} style={{ width: header.getSize() }} aria-sort={direction ?? undefined} data-align={header.column.columnDef.meta?.align}>
                    {field !== undefined && onSort ? (
                      <button type="button" className={styles.sort} onClick={() => onSort(direction === 'ascending' ? `-${field}` : field)}>
                        {name}
                        {direction === 'ascending' && <IconArrowUp size={14} aria-hidden />}
                        {direction === 'descending' && <IconArrowDown size={14} aria-hidden />}
                      </button>
                    ) : name}
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        {bodies.map(body => <tbody key={body.key}>{body.lines}</tbody>)}
      </table>
    </div>
  );
}

function Gap({ height, span }: { readonly height: number; readonly span: number }) {
  return <tr aria-hidden style={{ height }}><td colSpan={span} /></tr>;
}
