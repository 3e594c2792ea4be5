// Why an instance is stuck: what it waits for, since when, and who or what can move it.
import { instant, make, read, span } from './service.js';

export async function show(host, { id, current }) {
  const found = await read(`/api/workflow-instances/${encodeURIComponent(id)}/waiting`);
  if (!current())
    return;
  const definition = found.definition;
  const { waits, tasks, incidents } = found;
  const live = waits.filter(wait => wait.kind !== 'nothing');
  host.append(make('div', { class: 'sb-page sb-told' },
    make('h1', {}, found.name || id),
    make('p', {},
      make('a', { href: `definitions/${encodeURIComponent(definition.id)}` }, definition.name || definition.id), `, version ${definition.version}. `,
      found.subject ? `About ${found.subject.type} ${found.subject.id}. ` : '',
      found.parentInstanceId ? ['Started by ', make('a', { href: `instances/${found.parentInstanceId}/waiting` }, 'another instance'), '. '] : ''),
    make('p', { class: 'sb-state' }, stateOf(found, live)),
    incidents.length === 0 ? '' : make('section', {}, make('h2', {}, 'What failed'), list(incidents.map(incident => ({ ...incident, what: incident.message, note: 'Retry runs it again.' })), found.asOf)),
    live.length === 0 ? '' : make('section', {}, make('h2', {}, 'What it waits for'), list(live, found.asOf)),
    tasks.length === 0 ? '' : make('section', {}, make('h2', {}, 'Open tasks'), list(tasks, found.asOf)),
    waits.length === live.length ? '' : make('section', {}, make('h2', {}, 'What cannot move it'), list(waits.filter(wait => wait.kind === 'nothing'), found.asOf)),
    make('p', { class: 'sb-as-of' }, `As of ${instant(found.asOf)}.`)));
}

function stateOf({ status, subStatus }, live) {
  if (subStatus === 'faulted')
    return 'It has failed and stands still until somebody retries it.';
  if (status === 'finished')
    return `It has ended: ${subStatus}. Nothing moves it any more.`;
  return live.length === 0 ? 'It runs, and waits for nothing.' : `It waits for ${live.length === 1 ? 'one thing' : `${live.length} things; the first that comes moves it, unless the workflow needs them all`}.`;
}

const list = (items, asOf) => make('ul', { class: 'sb-waits' }, items.map(item => make('li', { 'data-kind': item.kind ?? 'incident' },
  make('strong', {}, item.what), item.activityName && item.activityName !== item.what ? ` at ${item.activityName}` : '',
  make('dl', {},
    row('Since', item.since && `${instant(item.since)} (${span((new Date(asOf) - new Date(item.since)) / 1000)})`),
    row(item.kind === 'task' ? 'Due' : item.kind === 'request' ? 'Next attempt' : 'Fires at', item.dueAt && instant(item.dueAt)),
    row('Who can move it', whoOf(item.who)),
    row('Attempts', item.attempts),
    row('Last error', item.lastError),
    row('Outcomes', item.outcomes?.join(', ')),
    row('Instance', item.instanceId && make('a', { href: `instances/${item.instanceId}/waiting` }, item.instanceId)),
    row('Remedy', item.note)))));

const row = (name, value) => value === null || value === undefined || value === '' ? [] : [make('dt', {}, name), make('dd', {}, value)];

function whoOf(who) {
  if (!who)
    return null;
  const users = who.users?.map(user => user.name).join(', ');
  return [
    who.by,
    who.assigneeId ? users || 'its assignee' : null,
    who.permissions ? `whoever has ${who.permissions.join(' and ')}` : null,
    who.roles ? `${who.roles.length === 0 ? 'no role has it' : `the roles ${who.roles.join(', ')}`}` : null,
    !who.assigneeId && users ? `now ${users}` : null,
  ].filter(Boolean).join('; ');
}
