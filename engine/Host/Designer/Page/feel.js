// FEEL in Studio's editors of expressions: its colours, what can be written next, and what is wrong with what has been written.
import { Problem, read, send } from './service.js';

const Words = ['if', 'then', 'else', 'for', 'in', 'return', 'some', 'every', 'satisfies', 'between', 'and', 'or', 'not', 'instance of', 'true', 'false', 'null'];
const Marks = 'feel';
const Pause = 400; // ms that somebody who writes rests before it is checked

let functions;
let names = { of: null, at: 0, all: Promise.resolve([]) };

/** Makes FEEL known to Monaco; before the first editor is made, because an editor keeps to the languages that it found. */
export function teach(monaco) {
  monaco.languages.register({ id: 'feel', aliases: ['FEEL'] });
  monaco.languages.setLanguageConfiguration('feel', {
    comments: { lineComment: '//', blockComment: ['/*', '*/'] },
    brackets: [['(', ')'], ['[', ']'], ['{', '}']],
    autoClosingPairs: [{ open: '(', close: ')' }, { open: '[', close: ']' }, { open: '{', close: '}' }, { open: '"', close: '"', notIn: ['string', 'comment'] }],
  });
  monaco.languages.setMonarchTokensProvider('feel', colours([]));
  monaco.languages.registerCompletionItemProvider('feel', { provideCompletionItems: (model, position) => suggestions(monaco, model, position) });
  monaco.editor.onDidCreateModel(model => watch(monaco, model));
}

function colours(builtIns) {
  const calls = builtIns.length > 0 ? [[new RegExp(`(?:${[...builtIns].sort((a, b) => b.length - a.length).join('|')})(?=\\s*\\()`), 'type']] : [];
  return {
    keywords: Words.flatMap(word => word.split(' ')),
    tokenizer: {
      root: [
        [/\/\/.*$/, 'comment'],
        [/\/\*/, 'comment', '@comment'],
        [/@"[^"]*"/, 'number'],
        [/"(?:[^"\\]|\\.)*"/, 'string'],
        [/"/, 'string.invalid'],
        ...calls,
        [/[\p{L}_?][\p{L}\p{N}_]*/u, { cases: { '@keywords': 'keyword', '@default': 'identifier' } }],
        [/\d*\.?\d+(?:[eE][+-]?\d+)?/, 'number'],
        [/[(){}[\]]/, '@brackets'],
        [/\*\*|!=|<=|>=|\.\.|[-+*/=<>]/, 'operator'],
      ],
      comment: [[/[^*/]+/, 'comment'], [/\*\//, 'comment', '@pop'], [/[*/]/, 'comment']],
    },
  };
}

async function suggestions(monaco, model, position) {
  const { Keyword, Function: Call, Variable } = monaco.languages.CompletionItemKind;
  const word = model.getWordUntilPosition(position);
  const range = { startLineNumber: position.lineNumber, endLineNumber: position.lineNumber, startColumn: word.startColumn, endColumn: word.endColumn };
  const before = model.getLineContent(position.lineNumber).slice(0, word.startColumn - 1).toLowerCase();
  // Names have spaces: of "string le" the whole becomes "string length".
  const from = name => {
    const spaces = [...name.matchAll(/ /g)].map(({ index }) => name.slice(0, index + 1).toLowerCase()).reverse();
    return { ...range, startColumn: word.startColumn - (spaces.find(begun => before.endsWith(begun))?.length ?? 0) };
  };
  const [calls, variables] = await Promise.all([builtIns(monaco), variablesHere()]);
  const ways = new Map();
  for (const { name, signature } of calls)
    ways.set(name, [...ways.get(name) ?? [], signature]);
  return {
    suggestions: [
      ...variables.map(name => ({ label: name, insertText: name, kind: Variable, detail: 'variable or input', sortText: `0${name}`, range: from(name) })),
      ...[...ways].map(([name, signatures]) => ({
        label: name, kind: Call, detail: signatures[0], documentation: signatures.join('\n'), sortText: `1${name}`, range: from(name),
        insertText: `${name}($0)`, insertTextRules: monaco.languages.CompletionItemInsertTextRule.InsertAsSnippet,
      })),
      ...Words.map(text => ({ label: text, insertText: text, kind: Keyword, sortText: `2${text}`, range })),
    ],
  };
}

/** Of the service, once; an answer that did not come is asked for again. */
function builtIns(monaco) {
  return functions ??= read('/api/feel/functions').then(({ items }) => {
    monaco.languages.setMonarchTokensProvider('feel', colours(items.map(item => item.name)));
    return items;
  }).catch(refused(() => functions = null));
}

/** The variables and inputs of the workflow that is shown, wherever in it they are declared. */
function variablesHere() {
  const id = /\/definitions\/([^/]+)$/.exec(location.pathname)?.[1] ?? null;
  if (names.of !== id || performance.now() - names.at > 3000) {
    const found = id ? read(`/elsa/api/workflow-definitions/by-definition-id/${id}?versionOptions=Latest`).then(declared).catch(refused(() => names.of = null)) : Promise.resolve([]);
    names = { of: id, at: performance.now(), all: found };
  }
  return names.all;
}

function declared(definition) {
  const found = new Set(definition.inputs?.map(input => input.name));
  for (const rest = [definition]; rest.length > 0;) {
    const part = rest.pop();
    if (Array.isArray(part.variables))
      part.variables.forEach(variable => found.add(variable?.name));
    rest.push(...Object.values(part).filter(value => value && typeof value === 'object'));
  }
  found.delete(undefined);
  return [...found].filter(name => typeof name === 'string' && name).sort();
}

function refused(again) {
  return e => {
    again();
    if (!(e instanceof Problem))
      throw e;
    console.warn(`FEEL is written without help: ${e.message}`);
    return [];
  };
}

/** Checks what is written in an editor once whoever writes rests, as long as it is FEEL. */
function watch(monaco, model) {
  let waiting;
  const later = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => check(monaco, model), Pause);
  };
  model.onDidChangeContent(later);
  model.onDidChangeLanguage(later);
  model.onWillDispose(() => clearTimeout(waiting));
  later();
}

async function check(monaco, model) {
  const text = model.getValue();
  const isFeel = model.getLanguageId() === 'feel' && text.trim() !== '';
  const problems = isFeel ? (await variablesHere().then(known => send('POST', '/api/feel/check', { expression: text, names: known })).catch(refused(() => {}))).problems ?? [] : [];
  if (model.isDisposed() || model.getValue() !== text)
    return;
  monaco.editor.setModelMarkers(model, Marks, problems.map(({ severity, message, line, column, length }) => ({
    severity: severity === 'error' ? monaco.MarkerSeverity.Error : monaco.MarkerSeverity.Warning,
    message, startLineNumber: line, startColumn: column, endLineNumber: line, endColumn: column + Math.max(length, 1),
  })));
}
