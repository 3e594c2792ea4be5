// Moves the running instances of a workflow to another of its versions: which, where everything is found again, what would
// become of each, a few first, then the rest, and back.
import { make, read, send, Problem } from './service.js';

const Words = {
  kept: 'waits as before', changed: 'waits differently', refused: 'cannot be moved', skipped: 'not looked at any more',
  asked_again: 'asked again', renamed: 'renamed', new: 'new', dropped: 'dropped',
  restored: 'taken back', moved_since: 'has moved since, left alone', went_on: 'went on at once, left alone', gone: 'is not there any more',
};

export async function show(host, view) {
  await new Migration(host, view).begin();
}

class Migration {
  constructor(host, view) {
    this.view = view;
    this.path = `/api/artefacts/workflow/${encodeURIComponent(view.id)}/migrations`;
    this.overrides = { map: {}, states: {} };
    this.form = make('form', { class: 'sb-tools' });
    this.map = make('section', { 'aria-label': 'Where it is found again' });
    this.results = make('section', { 'aria-label': 'What becomes of the instances', 'aria-live': 'polite' });
    host.append(make('section', { class: 'sb-page sb-migrate' }, make('h1', {}, `Move instances of ${view.id}`), this.form, this.map, this.results));
  }

  async begin() {
    const { versions } = await read(this.path);
    if (versions.length < 2) {
      this.form.replaceChildren(make('p', {}, 'There is only one version of this workflow: publish another one first.'));
      return;
    }
    const busiest = [...versions].sort((a, b) => b.running + b.failed - a.running - a.failed)[0].version;
    const from = this.#number('from') ?? busiest;
    const to = this.#number('to') ?? versions.find(one => one.version !== from && one.state === 'published')?.version ?? versions.find(one => one.version !== from).version;
    this.from = this.#versions('From version', versions, from, one => `${one.version}: ${one.running} running, ${one.failed} failed`);
    this.to = this.#versions('To version', versions, to, one => `${one.version} (${one.state ?? 'not kept'})`);
    this.canary = make('input', { type: 'number', min: '1', value: '1', name: 'canary' });
    this.buttons = [
      this.#button('Preview', () => this.#run({ dryRun: true })),
      this.#button('Move a few', () => this.#run({ canary: Number(this.canary.value) })),
      this.#button('Move the rest', () => this.#run({})),
    ];
    this.form.replaceChildren(this.from.label, this.to.label, make('label', {}, 'How many first', this.canary), make('div', { class: 'sb-tools' }, ...this.buttons));
    this.form.addEventListener('submit', event => event.preventDefault());
    for (const select of [this.from.select, this.to.select])
      select.addEventListener('change', () => this.#choose());
    await this.#choose();
  }

  #number(name) {
    const text = this.view.query.get(name);
    return /^\d+$/.test(text ?? '') ? Number(text) : null;
  }

  #versions(text, versions, chosen, words) {
    const select = make('select', {}, ...versions.map(one => make('option', { value: one.version }, words(one))));
    select.value = String(versions.some(one => one.version === chosen) ? chosen : versions[0].version);
    return { select, label: make('label', {}, text, select) };
  }

  #button(text, work) {
    const button = make('button', { type: 'button' }, text);
    button.addEventListener('click', () => this.#guard(work));
    return button;
  }

  /** One thing at a time; what the service refuses is said where the results would be. */
  async #guard(work) {
    for (const button of this.buttons)
      button.disabled = true;
    try {
      await work();
    } catch (e) {
      if (!(e instanceof Problem))
        throw e;
      this.results.replaceChildren(make('p', { role: 'alert' }, e.message));
    } finally {
      const same = this.from.select.value === this.to.select.value;
      for (const button of this.buttons)
        button.disabled = same;
    }
  }

  async #choose() {
    this.overrides = { map: {}, states: {} };
    this.watched = null;
    this.results.replaceChildren();
    this.map.replaceChildren();
    const [from, to] = [this.from.select.value, this.to.select.value];
    history.replaceState(history.state, '', `${location.pathname}?from=${from}&to=${to}`);
    await this.#guard(async () => {
      if (from === to)
        return this.map.replaceChildren(make('p', {}, 'From and to are the same version.'));
      const plan = await read(`${this.path}?from=${from}&to=${to}`);
      const pickers = [
        ...plan.activities.map(one => this.#picker('map', one.id, `${one.name} (${one.type.split('.').pop()})`, one.to,
          plan.targets.map(target => [target.id, `${target.name} (${target.type.split('.').pop()})`]))),
        ...plan.states.map(one => this.#picker('states', one.name, `state ${one.name}`, one.to, plan.targetStates.map(name => [name, name]))),
      ];
      const lost = pickers.filter(one => one.lost);
      const rows = list => make('table', {}, make('thead', {}, make('tr', {}, make('th', {}, `In version ${from}`), make('th', {}, `In version ${to}`))),
        make('tbody', {}, ...list.map(one => one.row)));
      this.map.replaceChildren(
        make('h2', {}, 'Where it is found again'),
        lost.length > 0
          ? make('p', {}, 'These are not there any more under their names. What waits at one of them cannot be moved until you say where it belongs.')
          : make('p', {}, 'Everything is found again by its name.'),
        ...(lost.length > 0 ? [rows(lost)] : []),
        make('details', {}, make('summary', {}, `All others (${pickers.length - lost.length})`), rows(pickers.filter(one => !one.lost))));
    });
  }

  #picker(kind, from, words, to, choices) {
    const select = make('select', { 'aria-label': `Where ${words} is found again` },
      make('option', { value: '' }, to === null ? '–' : 'by its name'), ...choices.filter(([id]) => id !== to || kind === 'map').map(([id, text]) => make('option', { value: id }, text)));
    select.addEventListener('change', () => {
      if (select.value)
        this.overrides[kind][from] = select.value;
      else
        delete this.overrides[kind][from];
    });
    return { lost: to === null, row: make('tr', {}, make('td', {}, words), make('td', {}, select)) };
  }

  async #run(more) {
    const body = { from: Number(this.from.select.value), to: Number(this.to.select.value), map: this.overrides.map, states: this.overrides.states, ...more };
    await this.#watch(await send('POST', this.path, body), operation => this.#moved(operation));
  }

  /** Asks until it is over; the person may have gone elsewhere by then, or to other versions. */
  async #watch(operation, draw) {
    const stop = make('button', { type: 'button' }, 'Stop');
    stop.addEventListener('click', () => send('POST', `/api/operations/${operation.id}/cancel`).catch(e => {
      if (!(e instanceof Problem))
        throw e;
      stop.disabled = true; // it has ended by itself, which is seen in a moment
    }));
    this.watched = operation.id;
    while (['queued', 'running'].includes(operation.status)) {
      const { done, total } = operation.progress;
      this.results.replaceChildren(make('p', { role: 'status' }, `${done} of ${total ?? '…'} instances`), stop);
      await new Promise(resolve => setTimeout(resolve, 300));
      if (this.view.leaving.aborted || this.watched !== operation.id)
        return;
      operation = await read(`/api/operations/${operation.id}`);
    }
    if (operation.problem)
      this.results.replaceChildren(make('p', { role: 'alert' }, operation.problem.detail));
    else
      draw(operation);
  }

  #moved(operation) {
    const { dryRun, counts, left, groups } = operation.result;
    const done = counts.kept + counts.changed;
    const title = dryRun
      ? `Preview: ${done} of ${done + counts.refused + counts.skipped} can be moved`
      : `${done} moved${counts.refused ? `, ${counts.refused} refused` : ''}${left ? `, ${left} left` : ''}`;
    const undo = make('button', { type: 'button' }, 'Undo');
    undo.addEventListener('click', () => this.#guard(async () =>
      await this.#watch(await send('POST', `/api/operations/${operation.id}/undo`), now => this.#undone(operation, now))));
    this.results.replaceChildren(
      make('h2', {}, title),
      ...(dryRun || done === 0 ? [] : [undo]),
      this.#groups(operation, groups));
  }

  #undone(operation, undo) {
    const { restored, moved_since, went_on } = undo.result.counts;
    this.results.replaceChildren(
      make('h2', {}, `${restored} taken back${moved_since + went_on ? `, ${moved_since + went_on} left alone` : ''}`),
      make('ul', {}, ...undo.result.leftAlone.map(one => make('li', {}, this.#instance(one.instanceId), ` ${Words[one.why]}`))));
  }

  #groups(operation, groups) {
    const body = make('tbody');
    const list = make('div');
    for (const group of groups) {
      const more = make('button', { type: 'button' }, `${group.count}`);
      more.addEventListener('click', () => this.#guard(async () => list.replaceChildren(await this.#instances(operation, group))));
      body.append(make('tr', { class: `sb-${group.outcome}` },
        make('td', {}, more), make('td', {}, Words[group.outcome] + (group.code ? ` (${group.code})` : '')), make('td', {}, group.from || '–'), make('td', {}, group.to || '–')));
    }
    return make('div', {},
      make('table', {}, make('thead', {}, make('tr', {}, ...['Instances', 'Outcome', 'Waits at', 'Will wait at'].map(text => make('th', {}, text)))), body), list);
  }

  /** Those of one group, page by page until they are many. */
  async #instances(operation, group) {
    const items = [];
    for (let next = ''; next !== null && items.length < 100;) {
      const page = await read(`/api/operations/${operation.id}/instances?outcome=${group.outcome}&limit=500${next && `&after=${next}`}`);
      items.push(...page.items.filter(item => item.from === group.from && item.to === group.to && item.code === group.code));
      next = page.next;
    }
    const shown = items.slice(0, 100);
    return make('div', {},
      make('h3', {}, shown.length < group.count ? `The first ${shown.length} of ${group.count}` : `${group.count} ${group.count === 1 ? 'instance' : 'instances'}`),
      make('ul', {}, ...shown.map(item => make('li', {}, this.#instance(item.instanceId), ` ${this.#detail(item.detail)}`))));
  }

  #detail({ why, waits = [], dropped = [], variables, goesOn }) {
    if (why)
      return why;
    const said = [...waits, ...dropped].map(one => `${one.name}: ${Words[one.is] ?? one.is}${one.dueAt ? `, due ${new Date(one.dueAt).toLocaleString()}` : ''}`);
    if (variables.dropped.length > 0)
      said.push(`variables dropped: ${variables.dropped.join(', ')}`);
    if (goesOn)
      said.push('goes on at once, which cannot be undone');
    return said.join(' · ');
  }

  #instance(id) {
    return make('a', { href: `instances/${id}` }, id);
  }
}
