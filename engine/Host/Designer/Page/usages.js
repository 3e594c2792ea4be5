// Who uses a workflow, how many instances run it, and what its draft would do to them: looked at before it is published.
import { make, Problem, read, send } from './service.js';

export async function show(host, { id, go, current }) {
  const artefact = `/api/artefacts/workflow/${encodeURIComponent(id)}`;
  const [{ items: usages }, { items: versions }, running] = await Promise.all([read(`${artefact}/usages`), read(`${artefact}/versions`), tokensOf(id)]);
  if (!current())
    return;
  const published = versions.find(version => version.state === 'published');
  const draft = versions.find(version => version.version === null);
  const review = make('section', { 'aria-live': 'polite' }, make('h2', {}, 'Before publishing'));
  host.append(make('div', { class: 'sb-page sb-told' },
    make('h1', {}, id),
    make('p', {}, published ? `Version ${published.version} counts now.` : 'No version is published.'),
    make('section', {}, make('h2', {}, 'Used by'), usages.length === 0
      ? make('p', {}, 'Nothing names this workflow: it is started by hand, by an event or over the API.')
      : [table(['Kind', 'What', 'Version', 'Where'], usages.map(usage => [
        usage.kind, usage.kind === 'workflow' ? make('a', { href: `definitions/${encodeURIComponent(usage.key)}/usages` }, usage.key) : usage.key,
        `${usage.version}${usage.state === 'published' ? '' : ` (${usage.state})`}`, usage.place,
      ])), make('p', {}, 'It cannot be retracted as long as these use it.')]),
    make('section', {}, make('h2', {}, 'Running instances'), runningOf(id, running)),
    review));
  if (draft)
    await reviewOf(review, { artefact, draft, published, id, go, current });
  else
    review.append(make('p', {}, 'There is no draft: nothing is about to change.'));
}

/** Null for whoever may not see instances. */
async function tokensOf(id) {
  try {
    return await read(`/api/workflow-definitions/${encodeURIComponent(id)}/tokens`);
  } catch (e) {
    if (e instanceof Problem && (e.status === 403 || e.status === 404))
      return null;
    throw e;
  }
}

function runningOf(id, running) {
  if (!running)
    return make('p', {}, 'They are not shown to you.');
  if (running.running === 0)
    return make('p', {}, 'None.');
  return [
    table(['Version', 'Running'], running.versions.map(version => [`${version.version}`, `${running.exact ? '' : 'about '}${version.running}`])),
    make('p', {}, 'Each keeps the version that it began with, whatever is published. ', make('a', { href: `definitions/${encodeURIComponent(id)}/live` }, 'Where they wait')),
  ];
}

/** What publishing would find: problems, who breaks, and the draft's own tests. */
async function reviewOf(section, { artefact, draft, published, id, go, current }) {
  const state = make('p', { role: 'status' }, 'The draft is being checked …');
  section.append(state);
  try {
    const checked = await send('POST', `${artefact}/draft/validate`);
    const tested = await send('POST', `${artefact}/draft/test`);
    if (!current())
      return;
    const errors = checked.problems.filter(problem => problem.severity === 'error').length;
    const failed = tested.tests.filter(test => !test.passed).length;
    const ready = checked.valid && checked.breaks.length === 0 && tested.passed;
    state.textContent = ready ? 'The draft can be published.' : 'The draft cannot be published as it is.';
    section.append(
      make('p', {}, published ? make('a', { href: `definitions/${encodeURIComponent(id)}/compare?from=${published.version}&to=draft` }, 'What it changes') : 'It would be the first version.'),
      make('h3', {}, `Checks: ${errors === 0 ? 'no errors' : count(errors, 'error')}`),
      checked.problems.length === 0 ? '' : table(['', 'Where', 'What'], checked.problems.map(problem => [problem.severity, problem.activityName ?? problem.activityId ?? problem.property ?? '', problem.message])),
      make('h3', {}, `Would break: ${checked.breaks.length === 0 ? 'nobody' : ''}`),
      checked.breaks.length === 0 ? '' : table(['Kind', 'What', 'Why'], checked.breaks.map(one => [one.kind, one.key, one.reason ?? ''])),
      make('h3', {}, `Tests: ${tested.tests.length === 0 ? 'none are stored with it' : failed === 0 ? `all ${tested.tests.length} pass` : `${failed} of ${tested.tests.length} fail`}`),
      tested.tests.length === 0 ? '' : table(['', 'Test', 'What came out'], tested.tests.map(test => [test.passed ? '✓ passed' : '✗ failed', test.name, test.detail ?? ''])),
      publishing({ artefact, draft, ready, id, go }));
  } catch (e) {
    if (!(e instanceof Problem))
      throw e;
    state.textContent = e.status === 403 ? 'You may not check drafts.' : e.message;
  }
}

function publishing({ artefact, ready, id, go }) {
  const said = make('p', { role: 'alert' });
  const comment = make('input', { name: 'comment', maxlength: '2000', placeholder: 'What changes, and why' });
  const button = make('button', { type: 'submit', disabled: !ready }, 'Publish the draft');
  return make('form', {
    onsubmit: async event => {
      event.preventDefault();
      button.disabled = true;
      said.textContent = '';
      try {
        await send('POST', `${artefact}/draft/publish`, { comment: comment.value });
        await go(`definitions/${encodeURIComponent(id)}/usages`);
      } catch (e) {
        if (!(e instanceof Problem))
          throw e;
        button.disabled = false;
        said.textContent = e.message;
        for (const one of e.document?.usedBy ?? [])
          said.append(make('br'), `${one.kind} ${one.key}: ${one.reason ?? one.place}`);
      }
    },
  }, make('label', {}, 'Comment ', comment), button, said);
}

const count = (number, word) => `${number} ${word}${number === 1 ? '' : 's'}`;

const table = (heads, rows) => make('table', {},
  make('thead', {}, make('tr', {}, heads.map(head => make('th', { scope: 'col' }, head)))),
  make('tbody', {}, rows.map(row => make('tr', {}, row.map(cell => make('td', {}, cell))))));
