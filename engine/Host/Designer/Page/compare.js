// Two versions of a workflow beside each other: drawn, with every difference marked, and as a list.
import { Canvas, View, zoomButtons } from './canvas.js';
import { lay } from './drawing.js';
import { instant, make, read } from './service.js';

const Signs = { added: '+', removed: '−', changed: '≠', moved: '↔' };

export async function show(host, { id, query, go, current }) {
  const artefact = `/api/artefacts/workflow/${encodeURIComponent(id)}`;
  const { items } = await read(`${artefact}/versions`);
  const versions = items.map(version => ({ ...version, name: version.version === null ? 'draft' : `${version.version}` }));
  const published = versions.findIndex(version => version.state === 'published');
  const has = name => versions.some(version => version.name === name);
  // Unless somebody says which: what is new against what counts, else the last two.
  const to = has(query.get('to')) ? query.get('to') : versions[0].name;
  const from = has(query.get('from')) ? query.get('from') : versions[published > 0 ? published : Math.min(1, versions.length - 1)].name;
  const content = async name => JSON.parse((await read(name === 'draft' ? `${artefact}/draft` : `${artefact}/versions/${name}`)).content);
  const [before, after, { changes }] = await Promise.all([content(from), content(to), read(`${artefact}/diff?from=${from}&to=${to}`)]);
  if (!current())
    return;

  const drawing = lay([before.root, after.root]);
  const entries = changes.map(change => ({ ...change, key: `${change.what}:${change.id}` }));
  const notes = notesOf(entries, drawing);
  const view = new View();
  const pick = key => {
    for (const canvas of canvases)
      canvas.pick(key);
    const place = canvases.toReversed().map(canvas => canvas.placeOf(key)).find(Boolean);
    if (place)
      view.centre(place);
    for (const button of list.querySelectorAll('button'))
      button.toggleAttribute('aria-current', button.dataset.key === key);
    list.querySelector('button[aria-current]')?.scrollIntoView({ block: 'nearest' });
  };
  const canvases = drawing.sides.map((side, i) => new Canvas({
    label: `Version ${i === 0 ? from : to}`, side, width: drawing.width, view, onPick: pick, notes: key => notes.get(key),
  }));
  const list = make('ol', { class: 'sb-changes', 'aria-label': 'Differences' }, entries.map(entry => make('li', {},
    make('button', { type: 'button', 'data-key': entry.key, class: `is-${entry.change}`, onclick: () => pick(entry.key) },
      make('strong', {}, `${Signs[entry.change]} ${entry.change}`), ` ${entry.what} `, make('span', { class: 'sb-what' }, entry.what === 'connection' ? entry.id : entry.label),
      entry.change === 'changed' || entry.change === 'moved'
        ? make('span', { class: 'sb-values' }, `${entry.member ?? 'place'}: `, make('del', {}, said(entry.from)), ' → ', make('ins', {}, said(entry.to)))
        : null))));

  const choose = (label, chosen, other) => make('label', {}, `${label} `, make('select', {
    onchange: event => go(`definitions/${encodeURIComponent(id)}/compare?${label === 'From' ? `from=${event.target.value}&to=${other}` : `from=${other}&to=${event.target.value}`}`),
  }, versions.map(version => make('option', { value: version.name, selected: version.name === chosen }, titleOf(version)))));
  host.append(make('section', { class: 'sb-page sb-compare' },
    make('div', { class: 'sb-tools' },
      make('h1', {}, after.name || id), choose('From', from, to), choose('To', to, from),
      make('span', { class: 'sb-legend' }, Object.entries(Signs).map(([word, sign]) => make('span', { class: `is-${word}` }, `${sign} ${word}`))),
      zoomButtons(view, drawing)),
    make('aside', {},
      make('h2', {}, entries.length === 0 ? 'No differences' : entries.length === 1 ? '1 difference' : `${entries.length} differences`), list),
    ...canvases.map((canvas, i) => make('figure', {}, make('figcaption', {}, i === 0 ? `Version ${from}` : `Version ${to}`), canvas.element))));
  view.fit(drawing);
}

/** Of each part of the drawing: its marks and words; what holds a frame says that there are differences inside. */
function notesOf(entries, drawing) {
  const notes = new Map();
  for (const entry of entries) {
    const note = notes.get(entry.key) ?? { kinds: new Set(), lines: [] };
    note.kinds.add(entry.change);
    note.lines.push(entry.member ? `${entry.member}: ${said(entry.from)} → ${said(entry.to)}` : entry.change);
    notes.set(entry.key, note);
  }
  for (const note of notes.values()) {
    const kinds = [...note.kinds];
    note.marks = kinds.map(kind => `is-${kind}`).join(' ');
    note.words = kinds.map(kind => `${Signs[kind]} ${kind}`).join(', ');
    note.title = note.lines.join('\n');
  }
  for (const part of drawing.sides.flatMap(side => [...side.boxes, ...side.edges])) {
    for (let owner = notes.get(part.key)?.marks && drawing.owners.get(part.frame); owner && !notes.has(owner); owner = drawing.owners.get(frameOf(drawing, owner)))
      notes.set(owner, { marks: 'is-within', words: 'differs inside', title: '' });
  }
  return notes;
}

const frameOf = (drawing, key) => drawing.sides.flatMap(side => [...side.boxes, ...side.edges]).find(part => part.key === key)?.frame;

const titleOf = version => version.version === null ? `draft of ${instant(version.updatedAt)}` : `${version.version} · ${version.state}${version.publishedAt ? ` ${instant(version.publishedAt)}` : ''}`;

/** A value as people read it: an input's literal alone, other expressions with their language. */
function said(value) {
  if (value === null || value === undefined)
    return 'nothing';
  if (value?.expression)
    return value.expression.type === 'Literal' ? said(value.expression.value) : `${value.expression.type}: ${said(value.expression.value)}`;
  if (typeof value === 'object' && 'in' in value && 'slot' in value)
    return `${value.slot} of ${value.in}${value.x === undefined ? '' : ` at ${Math.round(value.x)}, ${Math.round(value.y)}`}`;
  return typeof value === 'string' ? `“${value}”` : JSON.stringify(value);
}
