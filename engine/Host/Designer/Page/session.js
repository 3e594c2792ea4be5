// Who is signed in. The tokens lie in localStorage, so that every tab of Switchboard shares one session; a tab refreshes
// them shortly before they end, one at a time, because a refresh token is good once.
const Key = 'switchboard.session';
const RefreshBefore = 5 * 60_000;

const listeners = new Set();
let current = read();
let timer;

export const session = {
  /** Null when nobody is signed in: { accessToken, refreshToken?, expiresAt, user?, tenantId? }. */
  get current() { return current; },

  /** Called with the session whenever its token changes, and with null when it ends. */
  onChange(listener) { listeners.add(listener); },

  async signIn(email, password) {
    adopt(keep(await post('/api/auth/login', { email, password })));
  },

  /** From the page that frames this one, which refreshes the token itself. */
  handOver({ accessToken, tenantId }) {
    adopt({ accessToken, tenantId, expiresAt: Infinity });
  },

  async signOut() {
    const { accessToken } = current ?? {};
    localStorage.removeItem(Key);
    try {
      if (accessToken)
        await fetch('/api/auth/logout', { method: 'POST', headers: { authorization: `Bearer ${accessToken}` } });
    } finally {
      adopt(null);
    }
  },

  /** The service no longer takes the token: a new one, or the end of the session. */
  renew() {
    return current?.refreshToken ? refresh() : adopt(null);
  },

  /** A session whose token is good for a while yet; null when there is none to be had. */
  async ready() {
    if (current && current.expiresAt - Date.now() < RefreshBefore)
      await refresh();
    else
      plan();
    return current;
  },
};

window.addEventListener('storage', event => {
  if (event.key === Key)
    adopt(read());
});

function read() {
  try {
    return JSON.parse(localStorage.getItem(Key));
  } catch (e) {
    if (!(e instanceof SyntaxError))
      throw e;
    return null; // somebody else's text
  }
}

function keep(answer) {
  const fresh = {
    accessToken: answer.accessToken,
    refreshToken: answer.refreshToken,
    expiresAt: Date.now() + answer.expiresIn * 1000,
    user: answer.user,
  };
  localStorage.setItem(Key, JSON.stringify(fresh));
  return fresh;
}

function adopt(next) {
  if (next?.accessToken === current?.accessToken)
    return;
  current = next;
  plan();
  for (const listener of listeners)
    listener(current);
}

function plan() {
  clearTimeout(timer);
  if (current?.refreshToken)
    timer = setTimeout(refresh, Math.max(1000, current.expiresAt - Date.now() - RefreshBefore));
}

async function refresh() {
  const exclusively = navigator.locks ? work => navigator.locks.request(Key, work) : work => work();
  await exclusively(async () => {
    const stored = read();
    if (stored && stored.accessToken !== current?.accessToken)
      return adopt(stored); // another tab was first
    if (!current?.refreshToken)
      return;
    try {
      adopt(keep(await post('/api/auth/refresh', { refreshToken: current.refreshToken })));
    } catch (e) {
      if (!(e instanceof Refused)) {
        timer = setTimeout(refresh, 15_000); // not reached; the token may be good for a while yet
        return;
      }
      localStorage.removeItem(Key);
      adopt(null);
    }
  });
}

export class Refused extends Error {}

async function post(path, body) {
  const answer = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const json = await answer.json();
  if (!answer.ok)
    throw new Refused(json.detail ?? json.title ?? `The service answered ${answer.status}.`);
  return json;
}
