/** dmn-js comes without types; this is what the studio uses of it. */
declare module 'dmn-js/lib/Modeler' {
  export { DmnEditor as default } from 'dmn-js';
}

declare module 'dmn-js/lib/NavigatedViewer' {
  export { DmnEditor as default } from 'dmn-js';
}

declare module 'dmn-js' {
  interface DmnBusinessObject {
    readonly id: string;
    readonly name?: string;
    readonly label?: string;
    readonly typeRef?: string;
    readonly text?: string;
    readonly inputExpression?: { readonly text?: string; readonly typeRef?: string };
  }

  export interface DmnView {
    readonly id: string;
    readonly name?: string;
    readonly type: 'drd' | 'decisionTable' | 'literalExpression' | 'boxedExpression';
    readonly element: DmnBusinessObject;
  }

  export interface SheetCell {
    readonly id: string;
    readonly businessObject: DmnBusinessObject;
    readonly row: SheetRow;
    readonly col: SheetCol;
  }

  export interface SheetRow {
    readonly id: string;
    readonly businessObject: DmnBusinessObject;
    readonly cells: readonly SheetCell[];
  }

  export interface SheetCol {
    readonly id: string;
    readonly businessObject: DmnBusinessObject;
  }

  interface DmnServices {
    sheet: { getRoot(): { readonly rows: readonly SheetRow[]; readonly cols: readonly SheetCol[] } };
    selection: { get(): SheetCell | undefined; select(element: { readonly id: string } | string): void };
    modeling: {
      addRow(attributes: { readonly type: 'dmn:DecisionRule' }, index?: number): SheetRow;
      removeRow(row: SheetRow): void;
      moveRow(row: SheetRow, index: number): void;
      editCell(cell: DmnBusinessObject, text: string): void;
    };
    commandStack: {
      register(command: string, handler: { preExecute(context: { run: () => void }): void }): void;
      execute(command: string, context: object): void;
      undo(): void;
      redo(): void;
      canUndo(): boolean;
      canRedo(): boolean;
    };
  }

  export interface DmnViewer {
    get<Name extends keyof DmnServices>(name: Name): DmnServices[Name];
    on(event: string, listener: (event: object) => void): void;
    off(event: string, listener: (event: object) => void): void;
  }

  /** A service of dmn-js in the place of its own. */
  export interface DmnModule {
    readonly translate: readonly ['value', (text: string, values?: Readonly<Record<string, string>>) => string];
  }

  interface ViewOptions { readonly additionalModules: readonly DmnModule[] }

  export interface DmnOptions {
    readonly container: HTMLElement;
    readonly decisionTable: ViewOptions;
    readonly literalExpression: ViewOptions;
  }

  export class DmnEditor {
    constructor(options: DmnOptions);
    importXML(xml: string, options?: { readonly open: boolean }): Promise<{ readonly warnings: readonly { readonly message: string }[] }>;
    saveXML(options?: { readonly format?: boolean }): Promise<{ readonly xml: string }>;
    getViews(): readonly DmnView[];
    getActiveViewer(): DmnViewer | undefined;
    open(view: DmnView): Promise<unknown>;
    destroy(): void;
  }
}
