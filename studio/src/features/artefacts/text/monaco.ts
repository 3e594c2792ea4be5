import 'monaco-editor/features/bracketMatching/register.js';
import 'monaco-editor/features/clipboard/register.js';
import 'monaco-editor/features/codeEditor/register.js';
import 'monaco-editor/features/comment/register.js';
import 'monaco-editor/features/contextmenu/register.js';
import 'monaco-editor/features/find/register.js';
import 'monaco-editor/features/folding/register.js';
import 'monaco-editor/features/gotoError/register.js';
import 'monaco-editor/features/hover/register.js';
import 'monaco-editor/features/linesOperations/register.js';
import 'monaco-editor/features/multicursor/register.js';
import 'monaco-editor/features/snippet/register.js';
import 'monaco-editor/editor/contrib/suggest/browser/suggestController.js';
import 'monaco-editor/features/toggleTabFocusMode/register.js';
import 'monaco-editor/features/wordOperations/register.js';
import 'monaco-editor/languages/definitions/handlebars/register.js';
import 'monaco-editor/languages/definitions/yaml/register.js';
import * as monaco from 'monaco-editor/editor/editor.api.js';
import EditorWorker from 'monaco-editor/editor/editor.worker.js?worker';
import JsonWorker from 'monaco-editor/languages/features/json/json.worker.js?worker';

// The workers are files of our own host, as the page's policy asks, and fetched when they are needed.
self.MonacoEnvironment = { getWorker: (_, label) => label === 'json' ? new JsonWorker() : new EditorWorker() };

// Monaco's colours where they have too little contrast (WCAG 1.4.3), on our grounds.
monaco.editor.defineTheme('sb-light', {
  base: 'vs', inherit: true, rules: [{ token: 'comment', foreground: '3f6212' }, { token: 'attribute.name', foreground: 'b42318' }],
  colors: { 'editor.background': '#ffffff', 'editorLineNumber.foreground': '#556468', 'editorLineNumber.dimmedForeground': '#556468', 'editorLineNumber.activeForeground': '#0b5563' },
});
monaco.editor.defineTheme('sb-dark', {
  base: 'vs-dark', inherit: true, rules: [{ token: 'comment', foreground: '9bc48a' }],
  colors: { 'editor.background': '#192124', 'editorLineNumber.foreground': '#a3b1b5', 'editorLineNumber.dimmedForeground': '#a3b1b5', 'editorLineNumber.activeForeground': '#92d7e2' },
});

export { monaco };
