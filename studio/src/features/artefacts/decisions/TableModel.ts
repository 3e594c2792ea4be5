import type { DmnEditor, DmnOptions, DmnView, DmnViewer, SheetCell } from 'dmn-js';
import type { Language } from '../../../text/text';
import { dmnWords, translateFixed, translating, type DmnWords } from './dmnWords';
import { firstDifference, meaningOf } from './roundTrip';
import { cellsOf, feelOf } from './tsv';

/** Every cell of a table is in the page; with more rows than this it is no pleasure. */
const MostRows = 2000;

export type ReadOnly =
  | { readonly reason: 'unreadable' | 'lossy'; readonly detail: string }
  | { readonly reason: 'large'; readonly detail: string }
  | null;

/** Which of its decisions can be shown: their tables and expressions. */
export interface ShownDecision {
  readonly id: string;
  readonly name: string;
  readonly isTable: boolean;
}

/**
 * A decision model in dmn-js. What dmn-js would not write again as it was read it may not change: a model with other elements
 * than the editor knows stays as it is, and is shown only.
 */
export class TableModel {
  private cell: SheetCell | null = null;
  private viewer: DmnViewer | undefined;
  private isOpening = false;
  private readonly stopTranslating: () => void;

  private constructor(private readonly container: HTMLElement, private readonly editor: DmnEditor, readonly readOnly: ReadOnly, words: DmnWords, private readonly onChange: (xml: string) => void, private readonly onSelect: () => void) {
    this.stopTranslating = translateFixed(container, words);
  }

  static async open(container: HTMLElement, xml: string, canWrite: boolean, language: Language, onChange: (xml: string) => void, onSelect: () => void): Promise<TableModel | { readonly readOnly: ReadOnly }> {
    const [{ default: Modeler }, words] = await Promise.all([import('dmn-js/lib/Modeler'), dmnWords(language)]);
    const translated = { additionalModules: [translating(words)] };
    const options: DmnOptions = { container, decisionTable: translated, literalExpression: translated };
    const probe = new Modeler(options);
    const readOnly = await whyNot(probe, xml);
    if (readOnly?.reason === 'unreadable') {
      probe.destroy();
      return { readOnly };
    }
    if (canWrite && readOnly === null) return new TableModel(container, probe, null, words, onChange, onSelect);
    probe.destroy();
    const { default: Viewer } = await import('dmn-js/lib/NavigatedViewer');
    const viewer = new Viewer(options);
    await viewer.importXML(xml, { open: false });
    return new TableModel(container, viewer, readOnly, words, onChange, onSelect);
  }

  get decisions(): readonly ShownDecision[] {
    return this.views.map(view => ({ id: view.id, name: view.name ?? view.id, isTable: view.type === 'decisionTable' }));
  }

  /** The rows of the table that is open, with their ids; none where it is an expression. */
  get rows(): readonly { readonly id: string }[] { return this.viewer && this.isTable ? this.viewer.get('sheet').getRoot().rows : []; }

  get isTable(): boolean { return this.current?.type === 'decisionTable'; }

  /** From 0; the row that was worked in last. */
  get row(): number { return this.cell === null ? -1 : this.rows.findIndex(row => row.id === this.cell?.row.id); }

  private get views(): readonly DmnView[] { return this.editor.getViews().filter(view => view.type === 'decisionTable' || view.type === 'literalExpression'); }

  private current: DmnView | undefined;

  /** @param numbers What the column of row numbers is called, for those who hear it. */
  async show(id: string, numbers: string): Promise<void> {
    const view = this.views.find(one => one.id === id) ?? this.views[0];
    if (!view) return;
    this.isOpening = true;
    this.current = view;
    this.cell = null;
    await this.editor.open(view);
    const viewer = this.editor.getActiveViewer();
    if (viewer && viewer !== this.viewer) this.listen(viewer);
    this.viewer = viewer;
    // dmn-js leaves it empty and never draws into it again.
    const head = this.container.querySelector('th.index-column');
    if (head?.childElementCount === 0) head.append(Object.assign(document.createElement('span'), { className: 'sb-numbers', textContent: numbers }));
    this.isOpening = false;
    this.onSelect();
  }

  addRow(): void {
    const at = this.row < 0 ? this.rows.length : this.row + 1;
    const added = this.table.get('modeling').addRow({ type: 'dmn:DecisionRule' }, at);
    this.select(added.cells[0]);
  }

  copyRow(): void {
    const row = this.cell?.row;
    if (!row) return;
    this.asOne(() => {
      const modeling = this.table.get('modeling');
      const added = modeling.addRow({ type: 'dmn:DecisionRule' }, this.row + 1);
      row.cells.forEach((cell, i) => {
        const copy = added.cells[i];
        if (copy) modeling.editCell(copy.businessObject, cell.businessObject.text ?? '');
      });
      this.select(added.cells[0]);
    });
  }

  removeRow(): void {
    const at = this.row;
    const row = this.sheet.rows[at];
    if (!row) return;
    this.table.get('modeling').removeRow(row);
    const next = this.sheet.rows[Math.min(at, this.rows.length - 1)];
    this.select(next?.cells[0]);
  }

  moveRow(by: -1 | 1): void {
    const [at, row] = [this.row, this.cell?.row];
    const cell = this.cell;
    if (!row || !cell || at + by < 0 || at + by >= this.rows.length) return;
    this.table.get('modeling').moveRow(row, at + by);
    this.select(cell);
  }

  undo(): void { this.table.get('commandStack').undo(); }

  redo(): void { this.table.get('commandStack').redo(); }

  /** Puts a block of a spreadsheet into the cells from the selected one on, with rows for what goes beyond the last. Whether it was a block. */
  paste(text: string): boolean {
    const block = cellsOf(text);
    const from = this.cell;
    if (!from || this.readOnly !== null || (block.length === 1 && block[0]?.length === 1)) return false;
    const [top, left] = [this.row, this.sheet.cols.findIndex(col => col.id === from.col.id)];
    this.asOne(() => {
      const modeling = this.table.get('modeling');
      block.forEach((line, down) => {
        const row = this.sheet.rows[top + down] ?? modeling.addRow({ type: 'dmn:DecisionRule' });
        line.forEach((text, right) => {
          const cell = row.cells[left + right];
          if (cell) modeling.editCell(cell.businessObject, feelOf(text, typeOf(cell)));
        });
      });
    });
    return true;
  }

  /** The id of a column by what the service calls it: its label, else its expression or name. */
  columnOf(label: string): string | undefined {
    if (!this.viewer || !this.isTable) return undefined;
    return this.sheet.cols.find(({ businessObject: one }) => [one.label, one.inputExpression?.text, one.name].includes(label))?.id;
  }

  destroy(): void {
    this.stopTranslating();
    this.editor.destroy();
  }

  private get table(): DmnViewer {
    if (!this.viewer) throw new Error('No decision is open.');
    return this.viewer;
  }

  private get sheet() { return this.table.get('sheet').getRoot(); }

  private listen(viewer: DmnViewer): void {
    viewer.on('commandStack.changed', () => {
      if (!this.isOpening && this.readOnly === null) void this.editor.saveXML({ format: true }).then(({ xml }) => this.onChange(xml));
      this.onSelect();
    });
    viewer.on('selection.changed', event => {
      const { selection } = event as { readonly selection?: Partial<SheetCell> };
      // A click on a button beside the table takes the selection away; what was worked in last stays.
      if (selection?.row && selection.col) this.cell = selection as SheetCell;
      this.onSelect();
    });
    if (this.readOnly === null) viewer.get('commandStack').register('block', { preExecute: context => context.run() });
  }

  /** All of it is one step for undo. */
  private asOne(run: () => void): void { this.table.get('commandStack').execute('block', { run }); }

  private select(cell: SheetCell | undefined): void {
    this.cell = cell ?? null;
    if (cell) this.table.get('selection').select(cell);
    this.onSelect();
  }
}

const typeOf = (cell: SheetCell) => cell.col.businessObject.inputExpression?.typeRef ?? cell.col.businessObject.typeRef;

/** Why a model may not be edited here; null when it may. */
async function whyNot(editor: DmnEditor, xml: string): Promise<ReadOnly> {
  try {
    const { warnings } = await editor.importXML(xml, { open: false });
    const written = (await editor.saveXML()).xml;
    const lost = firstDifference(meaningOf(xml) ?? '', meaningOf(written) ?? '');
    if (lost !== null) return { reason: 'lossy', detail: lost };
    if (warnings[0]) return { reason: 'lossy', detail: warnings[0].message };
  } catch (e) {
    // dmn-js says in words what it cannot read, such as the namespace of another version.
    return { reason: 'unreadable', detail: e instanceof Error ? e.message.split('\n')[0] ?? '' : String(e) };
  }
  const rows = xml.match(/<(?:\w+:)?rule\b/g)?.length ?? 0;
  return rows > MostRows ? { reason: 'large', detail: String(rows) } : null;
}
