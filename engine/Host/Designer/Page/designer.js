// The page around Elsa Studio's custom elements: who is signed in, which view the address asks for, and the way between views.
import * as retry from './retry.js';
import { session, Refused } from './session.js';
import { Problem, read } from './service.js';
import { sketch } from './sketch.js';
import { teach } from './feel.js';

const Base = new URL(document.baseURI).pathname;
const Framed = window.parent !== window;
const Choices = /\/descriptors\/activities\/[^/]+\/options\/[^/?]+$/;
const Api = `${location.origin}/elsa/api`;
const OwnApi = `${location.origin}/api/`;
const Editor = 'elsa-workflow-definition-editor';
const Patience = 60_000; // for a drawing of Studio's that never comes: then its own page says more than ours

const view = document.getElementById('sb-view');
const message = document.getElementById('sb-message');
const loading = document.getElementById('sb-loading');
const signIn = document.getElementById('sb-sign-in');
const links = document.getElementById('sb-links');
const stage = document.getElementById('sb-sketch');
const blazor = document.getElementById('sb-blazor');
const push = history.pushState.bind(history);
const replace = history.replaceState.bind(history);
const Loading = loading.textContent;
// This module runs first: Studio's scripts come after it, one after the other.
const fetched = new Promise(resolve => blazor.addEventListener('load', resolve));
const parsed = new Promise(resolve => document.addEventListener('DOMContentLoaded', resolve));
let started;
let running = false;
let resting = false; // nobody looks: the page that frames this one shows something else
let monacoThere;
let arrival; // of the view that is on its way, aborted when it is there or somebody goes elsewhere
let shown;
let departing = false; // what was shown is on its way out
let page;
let showing = Promise.resolve();

// Each view: what its address looks like, the element that draws it, and the ways out of it; a page of ours has a module instead.
const views = [
  { path: /^(?:definitions\/?)?$/, tag: 'elsa-workflow-definition-list', title: 'Workflows', ways: { editWorkflowDefinition: toDefinition } },
  { path: /^definitions\/([^/]+)$/, tag: Editor, title: 'Workflow', id: 'definition-id', source: 'workflow-definitions/by-definition-id/', ways: {}, drawn: definition => [definition] },
  { path: /^definitions\/([^/]+)\/compare$/, module: './compare.js', title: 'Comparison' },
  { path: /^definitions\/([^/]+)\/usages$/, module: './usages.js', title: 'Usages' },
  { path: /^definitions\/([^/]+)\/live$/, module: './live.js', title: 'Live' },
  { path: /^definitions\/([^/]+)\/migrate$/, module: './migrate.js', title: 'Move instances' },
  { path: /^instances\/?$/, tag: 'elsa-workflow-instance-list', title: 'Instances', ways: { viewWorkflowInstance: toInstance } },
  { path: /^instances\/([^/]+)\/waiting$/, module: './waiting.js', title: 'What it waits for' },
  { path: /^instances\/([^/]+)$/, tag: 'elsa-workflow-instance-viewer', title: 'Instance', id: 'instance-id', source: 'workflow-instances/', ways: { editWorkflowDefinition: toDefinition }, drawn: drawnOf },
];

// What there is to see of one workflow or one instance: the bar leads from each to the others.
const beside = {
  definitions: [['Editor', ''], ['Compare', '/compare'], ['Usages and checks', '/usages'], ['Live', '/live'], ['Move instances', '/migrate']],
  instances: [['Journal', ''], ['Why is it stuck?', '/waiting']],
};

function toDefinition(id) { go(`definitions/${encodeURIComponent(id)}`); }
function toInstance(id) { go(`instances/${encodeURIComponent(id)}`); }

// Studio goes to addresses of its own shell; each has its twin here.
const studioAddresses = [
  [/^workflows\/definitions\/([^/]+)\/edit$/, id => `definitions/${id}`],
  [/^workflows\/instances\/([^/]+)\/view$/, id => `instances/${id}`],
  [/^workflows\/definitions\/?$/, () => 'definitions'],
  [/^workflows\/instances\/?$/, () => 'instances'],
];

history.pushState = (state, unused, url) => {
  const path = inside(new URL(url ?? location.href, document.baseURI));
  for (const [pattern, twin] of studioAddresses) {
    const found = pattern.exec(path);
    if (found)
      return go(twin(found[1]));
  }
  push(state, unused, url);
};

// A list of Studio's puts its page into the address, of which it knows only what Studio was started with; and not into that of the view it was left for.
history.replaceState = (state, unused, url) => {
  if (!departing)
    replace(state, unused, location.pathname + new URL(url ?? location.href, document.baseURI).search);
};

/** The workflow of an instance, in its version, and where the instance stands in it. */
async function drawnOf({ definitionVersionId, workflowState }) {
  return [await read(`/elsa/api/workflow-definitions/by-id/${encodeURIComponent(definitionVersionId)}`), workflowState.bookmarks.map(bookmark => bookmark.activityId)];
}

// Answers of the API that are not read to their end yet: a view that is taken away meanwhile breaks (see clear).
let unread = 0;

// A session that was ended elsewhere leads to the sign-in page, not to a screen of errors.
const ask = window.fetch.bind(window);
window.fetch = async (...request) => {
  const { href } = new URL(request[0].url ?? request[0], document.baseURI);
  if (!href.startsWith(Api) && !href.startsWith(OwnApi))
    return ask(...request); // Studio's own files, 18 MB of them: what is looked at below is copied first
  const [, definition] = /^definitions\/([^/]+)$/.exec(inside(location)) ?? [];
  if (definition && href.startsWith(Api) && Choices.test(href))
    request[0] = `${href}?definitionId=${definition}`; // Studio asks what an input can hold without saying in which workflow
  const token = session.current?.accessToken;
  unread++;
  let answer;
  try {
    answer = await ask(...request);
    if (href.startsWith(Api)) {
      unread++;
      answer.clone().arrayBuffer().catch(() => {}).finally(() => unread--); // whoever asked is told of a failure by the answer itself
    }
  } finally {
    unread--;
  }
  retry.look(answer.clone()).catch(() => {}); // it broke off, which whoever asked is told
  if (answer.status === 401 && !href.startsWith(`${OwnApi}auth/`) && token === session.current?.accessToken) {
    if (Framed && !session.current?.refreshToken)
      window.parent.postMessage({ designer: 'refused' }, location.origin); // whoever gave the token has a newer one, or asks the person
    else
      await session.renew();
  }
  return answer;
};

function inside(url) {
  return url.pathname.startsWith(Base) ? url.pathname.slice(Base.length) : '';
}

function go(path) {
  push(null, '', path);
  return show();
}

/** One view after the other, however fast somebody clicks: what is asked for while one is being put up comes next. */
function show() {
  arrival?.abort();
  departing ||= Boolean(shown);
  return showing = showing.then(draw, draw);
}

async function draw() {
  if (resting) {
    if (!await clear())
      location.assign(location.href);
    return;
  }
  const path = inside(location);
  if (!session.current) {
    signIn.hidden = false;
    loading.hidden = true;
    return;
  }
  const found = views.map(one => ({ ...one, match: one.path.exec(path) })).find(one => one.match) ?? { ...views[0], match: [''] };
  document.title = `${found.title} · Switchboard`;
  for (const one of document.querySelectorAll('#sb-bar > nav:not(#sb-links) a'))
    one.toggleAttribute('aria-current', new URL(one.href).pathname.startsWith(Base + (path.split('/')[0] || 'definitions')));
  link(path);
  retry.watch(path.startsWith('instances/') ? decoded(path.split('/')[1]) : null);
  if (Framed)
    window.parent.postMessage({ designer: 'navigated', path: path + location.search }, location.origin);

  arrival = new AbortController();
  const { signal } = arrival;
  const id = found.id && decoded(found.match[1]);
  const answer = id && fetch(`${Api}/${found.source}${encodeURIComponent(id)}`, { headers: { authorization: `Bearer ${session.current.accessToken}` } });
  answer?.catch(() => {}); // told where it is waited for
  if (found.tag) {
    loading.hidden = false;
    message.hidden = true;
    const left = new Promise(resolve => signal.addEventListener('abort', () => resolve(true)));
    if (id && !running)
      standIn(found, answer, signal);
    if (await Promise.race([start().then(() => customElements.whenDefined(found.tag)).then(() => false), left]))
      return;
  }
  if (!await clear())
    return location.assign(location.href);
  if (found.module)
    return open(found);
  message.textContent = id ? whyNot(found, id, await answer) : '';
  message.hidden = !message.textContent;
  loading.hidden = !message.hidden;
  if (!message.hidden)
    return;
  const element = document.createElement(found.tag);
  if (id)
    element.setAttribute(found.id, id);
  Object.assign(element, found.ways); // as properties, and only once the element is defined: else they are lost
  view.append(element);
  shown = element;
  const there = stage.hidden ? () => element.childElementCount > 0 : () => element.querySelector('.x6-node') !== null;
  const observer = new MutationObserver(() => there() && arrive(signal));
  observer.observe(element, { childList: true, subtree: !stage.hidden });
  signal.addEventListener('abort', () => observer.disconnect());
  if (!stage.hidden)
    setTimeout(() => arrive(signal), Patience);
}

/** Studio takes seconds to start: the workflow is there to look at meanwhile, and nothing of what Studio builds beneath can be reached. */
async function standIn(found, answer, signal) {
  try {
    const asked = await answer;
    const [definition, waiting] = asked.ok ? await found.drawn(await asked.json()) : [];
    if (!definition || signal.aborted || shown || !sketch(stage, definition, waiting))
      return;
  } catch (e) {
    if (!(e instanceof Problem || e instanceof TypeError))
      throw e;
    return; // not reached, or refused: draw tells of it
  }
  view.inert = true;
  loading.textContent = 'Elsa Studio is starting. Until it is there, this drawing is to look at.';
  document.documentElement.toggleAttribute('data-sketched', true);
  signal.addEventListener('abort', () => {
    const focused = stage.contains(document.activeElement);
    stage.hidden = true;
    stage.replaceChildren();
    view.inert = false;
    loading.textContent = Loading;
    document.documentElement.toggleAttribute('data-sketched', false);
    if (focused)
      links.querySelector('[aria-current]')?.focus();
  });
}

/** The view is there, unless somebody has gone elsewhere meanwhile. */
function arrive(signal) {
  if (signal.aborted)
    return;
  loading.hidden = true;
  arrival.abort();
  fetchMonaco();
}

/** A page of ours, which needs nothing of Studio. */
async function open(found) {
  loading.hidden = false;
  message.hidden = true;
  const host = document.createElement('div');
  const leaving = new AbortController();
  host.addEventListener('click', follow); // links between these pages need no new document
  view.append(host);
  page = { host, leaving };
  try {
    const { show: put } = await import(found.module);
    await put(host, { id: decoded(found.match[1]), query: new URLSearchParams(location.search), go, current: () => host.isConnected, leaving: leaving.signal });
  } catch (e) {
    if (!(e instanceof Problem))
      throw e;
    message.textContent = e.message;
    message.hidden = false;
  }
  loading.hidden = true;
}

/** The bar's links to the other views of the same workflow or instance. */
function link(path) {
  const [kind, id, ...rest] = path.split('/');
  const ways = id ? beside[kind] ?? [] : [];
  links.replaceChildren(...ways.map(([text, ending]) => {
    const way = Object.assign(document.createElement('a'), { href: `${kind}/${id}${ending}`, textContent: text });
    way.toggleAttribute('aria-current', ending === (rest.length > 0 ? `/${rest[0]}` : ''));
    return way;
  }));
  document.documentElement.toggleAttribute('data-linked', ways.length > 0);
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch (e) {
    if (!(e instanceof URIError))
      throw e;
    return text; // no encoding at all, and so no id that is here
  }
}

/** Studio breaks on an address that leads nowhere; whoever came by such a link is told so. */
function whyNot(found, id, answer) {
  if (answer.ok || answer.status === 401)
    return '';
  return answer.status === 404 ? `There is no ${found.title.toLowerCase()} ${id} here.` : `The service answered ${answer.status}: this view cannot be shown.`;
}

/** Starts Studio's runtime once; the elements find the address and the token of the provider that comes first. */
function start() {
  return started ??= (async () => {
    await fetched;
    await Promise.all([Blazor.start(), parsed]);
    awaitMonaco();
    await customElements.whenDefined('elsa-backend-provider');
    provide(session.current);
    running = true;
  })();
}

/** Studio reads the token when a provider begins, never again: a new token is a new provider. */
function provide({ accessToken, tenantId }) {
  const provider = document.createElement('elsa-backend-provider');
  provider.setAttribute('remote-endpoint', Api);
  provider.setAttribute('access-token', accessToken);
  if (tenantId)
    provider.setAttribute('tenant-id', tenantId);
  document.body.append(provider);
}

/**
 * Takes the present view away as soon as it has read what it asked for. Studio itself would let it live for another second, and two views that are alive
 * together fight over their menus. False when the element has not what that takes (another version of Studio).
 */
async function clear() {
  page?.leaving.abort();
  page?.host.remove();
  page = null;
  const element = shown;
  shown = null;
  if (!element)
    return true;
  if (!element._addRootComponentPromise)
    return false;
  await settled();
  element.remove();
  clearTimeout(element._disposalTimeoutHandle);
  element._isDisposed = true;
  await (await element._addRootComponentPromise).dispose();
  await new Promise(resolve => setTimeout(resolve, 50));
  departing = false;
  return true;
}

/** Studio throws when what it reads is taken from it; two seconds at most, lest a slow answer hold up whoever goes on. */
async function settled() {
  const pause = () => new Promise(resolve => setTimeout(resolve, 20));
  for (const until = performance.now() + 2000; unread > 0 && performance.now() < until;)
    await pause();
  await pause(); // what has arrived is drawn
}

function dress(theme) {
  document.documentElement.dataset.theme = theme;
  document.getElementById('sb-theme').textContent = theme === 'dark' ? 'Light' : 'Dark';
  window.monaco?.editor.setTheme(theme === 'dark' ? 'vs-dark' : 'vs');
}

/** Monaco is needed when the first code is shown, and takes a tenth of the time until Studio has drawn something: it comes after that. */
function fetchMonaco() {
  return monacoThere ??= new Promise((resolve, reject) => window.require(['vs/editor/editor.main'], resolve, reject));
}

/** Studio makes an editor as if Monaco were there; whoever is quicker waits for it. */
function awaitMonaco() {
  const { editor } = window.blazorMonaco;
  for (const name of ['create', 'createDiffEditor']) {
    const create = editor[name];
    editor[name] = async (...how) => {
      await fetchMonaco();
      return create.apply(editor, how);
    };
  }
}

/** Monaco's editors are made with the light theme whatever the page wears; Monaco itself comes when the first one is needed. */
function dressEditors() {
  let loaded = window.monaco;
  const wrap = monaco => {
    const create = monaco.editor.create;
    monaco.editor.create = (element, options, services) =>
      create(element, { ...options, theme: document.documentElement.dataset.theme === 'dark' ? 'vs-dark' : 'vs' }, services);
    teach(monaco);
  };
  if (loaded?.editor)
    return wrap(loaded);
  Object.defineProperty(window, 'monaco', {
    configurable: true,
    get: () => loaded,
    set: monaco => {
      loaded = monaco;
      if (monaco?.editor)
        wrap(monaco);
    },
  });
}

document.getElementById('sb-theme').addEventListener('click', () => {
  const theme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
  localStorage.setItem('switchboard.theme', theme);
  dress(theme);
});

retry.offer(refusal => {
  message.textContent = refusal;
  message.hidden = !refusal;
  if (!refusal)
    show();
});

document.getElementById('sb-sign-out').addEventListener('click', () => session.signOut());

function follow(event) {
  const link = event.target.closest('a');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0)
    return;
  event.preventDefault();
  const url = new URL(link.href);
  go(inside(url) + url.search);
}

document.getElementById('sb-bar').addEventListener('click', follow);

signIn.addEventListener('submit', async event => {
  event.preventDefault();
  const refused = document.getElementById('sb-refused');
  refused.textContent = '';
  try {
    await session.signIn(signIn.elements.email.value, signIn.elements.password.value);
  } catch (e) {
    if (!(e instanceof Refused || e instanceof TypeError))
      throw e;
    refused.textContent = e instanceof Refused ? e.message : 'The service cannot be reached.';
  }
});

window.addEventListener('popstate', show);

window.addEventListener('message', event => {
  if (event.origin !== location.origin || event.source !== window.parent || !Framed)
    return;
  if (event.data?.designer === 'session') {
    session.handOver(event.data);
  } else if (event.data?.designer === 'theme') {
    dress(event.data.theme);
  } else if (event.data?.designer === 'leave') {
    resting = true;
    show();
  } else if (event.data?.designer === 'show' && (resting || event.data.path !== inside(location) + location.search)) {
    resting = false;
    replace(null, '', event.data.path); // the step in the history is whoever frames this page's
    show();
  }
});

function begin() {
  const { user } = session.current;
  document.getElementById('sb-user').textContent = user?.name ?? '';
  document.getElementById('sb-sign-out').hidden = !session.current.refreshToken;
  show();
}

session.onChange(now => {
  if (!now)
    location.reload();
  else if (started)
    provide(now);
  else if (!signIn.hidden) { // signed in by another tab
    signIn.hidden = true;
    begin();
  }
});

dress(document.documentElement.dataset.theme);
dressEditors();
if (Framed)
  window.parent.postMessage({ designer: 'ready' }, location.origin);
if (await session.ready())
  begin();
else
  show();
