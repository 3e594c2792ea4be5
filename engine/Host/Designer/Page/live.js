// A workflow with its tokens: how many instances wait at each activity and for how long, asked for again every few seconds.
import { Canvas, View, zoomButtons } from './canvas.js';
import { chainsOf, lay } from './drawing.js';
import { instant, make, Problem, read, span } from './service.js';

const Again = 5_000;

export async function show(host, { id, query, go, current, leaving }) {
  const artefact = `/api/artefacts/workflow/${encodeURIComponent(id)}`;
  const address = `/api/workflow-definitions/${encodeURIComponent(id)}/tokens`;
  const [{ items }, first] = await Promise.all([read(`${artefact}/versions`), read(address)]);
  const versions = items.filter(version => version.version !== null);
  const asked = Number(query.get('version')) || null;
  // All together are drawn on what counts now; a version of its own on itself.
  const drawn = versions.find(version => version.version === asked) ?? versions.find(version => version.state === 'published') ?? versions[0] ?? items[0];
  const chosen = drawn.version === asked ? asked : null;
  const { root, name } = JSON.parse((await read(drawn.version === null ? `${artefact}/draft` : `${artefact}/versions/${drawn.version}`)).content);
  if (!current())
    return;

  const drawing = lay([root]);
  const view = new View();
  const asOf = make('p', { class: 'sb-as-of' });
  const panel = make('aside', {}, make('h2', {}, 'Instances'), make('p', {}, 'Choose an activity to see who waits there.'));
  let tokens = first, picked = null;
  const here = () => tokens.nodes.filter(node => node.version === chosen);
  const chain = chainsOf(drawing.owners, drawing.sides[0]);
  const pick = key => {
    picked = key;
    canvas.pick(key);
    tell();
  };
  const canvas = new Canvas({ label: 'The workflow with its tokens', side: drawing.sides[0], width: drawing.width, view, notes: () => null, onPick: pick });
  const stage = make('figure', {}, make('figcaption', {}, drawn.version === null ? 'Draft' : `Version ${drawn.version}`), canvas.element);

  const put = () => {
    const totals = totalsOf(here(), chain);
    canvas.mark(key => key.startsWith('transition:') ? null : noteOf(totals.get(key), tokens.exact)); // its state says how many wait for it
    asOf.textContent = `As of ${instant(tokens.asOf)}: ${tokens.exact ? '' : 'about '}${tokens.running} running${tokens.exact ? '' : `, estimated from ${tokens.looked}`}.`;
    if (!panel.contains(document.activeElement)) // a link that somebody is at stays where it is
      tell();
  };

  const tell = () => {
    if (!picked)
      return;
    const part = [...drawing.sides[0].boxes, ...drawing.sides[0].edges].find(one => one.key === picked);
    const waiting = here().filter(node => chain(`node:${node.activityId}`).includes(picked));
    panel.replaceChildren(make('h2', {}, part.title ?? (part.label || picked)), ...(waiting.length === 0 ? [make('p', {}, 'Nobody waits here.')] : waiting.flatMap(node => [
      make('p', {}, node.waiting === 0 ? `${node.activityId}:` : `${node.activityId}: ${tokens.exact ? '' : 'about '}${node.waiting} waiting, half of them for ${span(node.medianSeconds)} or longer, the longest for ${span(node.longestSeconds)}.`,
        node.incidents > 0 ? ` ${node.incidents} failed here.` : ''),
      make('ul', { class: 'sb-tokens' }, node.instances.map(one => make('li', {},
        make('a', { href: `instances/${one.id}/waiting` }, one.name || one.id), ` version ${one.version}, since ${instant(one.since)}`))),
    ])));
  };

  const choose = make('select', { onchange: event => go(`definitions/${encodeURIComponent(id)}/live${event.target.value ? `?version=${event.target.value}` : ''}`) },
    make('option', { value: '' }, 'all versions'),
    tokens.versions.filter(version => versions.some(one => one.version === version.version)).map(version => make('option', { value: version.version, selected: version.version === chosen }, `${version.version} · ${version.running} running`)));
  host.append(make('section', { class: 'sb-page sb-live' },
    make('div', { class: 'sb-tools' }, make('h1', {}, name || id), make('label', {}, 'Instances of ', choose), asOf, zoomButtons(view, drawing)), panel, stage));
  put();
  view.fit(drawing);

  const again = async () => {
    if (leaving.aborted)
      return;
    if (!document.hidden) {
      try {
        tokens = await read(address);
        if (leaving.aborted)
          return;
        put();
      } catch (e) {
        if (!(e instanceof Problem))
          throw e;
        asOf.textContent = `${e.message} Shown is what there was at ${instant(tokens.asOf)}.`;
      }
    }
    timer = setTimeout(again, Again);
  };
  let timer = setTimeout(again, Again);
  leaving.addEventListener('abort', () => clearTimeout(timer));
}

/** What is in a box adds up; a state waits for all its transitions at once, so that its instances are those of one of them. */
function totalsOf(nodes, chain) {
  const totals = new Map();
  for (const node of nodes)
    for (const [i, key] of chain(`node:${node.activityId}`).entries()) {
      const total = totals.get(key) ?? { waiting: 0, incidents: 0 };
      if (i === 0 || key.startsWith('state:') && node.waiting > total.waiting)
        total.medianSeconds = node.medianSeconds;
      total.waiting = key.startsWith('state:') ? Math.max(total.waiting, node.waiting) : total.waiting + node.waiting;
      total.incidents += node.incidents;
      totals.set(key, total);
    }
  return totals;
}

function noteOf(total, exact) {
  if (!total)
    return null;
  const { waiting, medianSeconds, incidents } = total;
  const words = [waiting > 0 ? `${exact ? '' : '~'}${waiting} waiting` : '', waiting > 0 && medianSeconds !== undefined ? span(medianSeconds) : '', incidents > 0 ? `⚠ ${incidents} failed` : ''].filter(Boolean).join(' · ');
  return { marks: incidents > 0 ? 'is-removed' : 'is-within', words, title: waiting > 0 && medianSeconds !== undefined ? `half of them wait for ${span(medianSeconds)} or longer` : '' };
}
