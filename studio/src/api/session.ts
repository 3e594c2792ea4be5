// Who is signed in. The tokens lie in localStorage, so that every tab of Switchboard shares one session with the designer
// (engine/Host/Designer/Page/session.js: same key, same form, same lock). A tab refreshes them shortly before they end, one
// tab at a time, because a refresh token is good once.

export interface Session {
  readonly accessToken: string;
  readonly refreshToken?: string;
  readonly expiresAt: number;
  readonly user?: { readonly id: string; readonly name: string; readonly email?: string };
  readonly tenantId?: string;
}

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresIn: number;
  readonly user: NonNullable<Session['user']>;
}

export class SignInRefused extends Error {}

const Key = 'switchboard.session';
const RefreshBefore = 5 * 60_000;
const RetryAfter = 15_000;

const listeners = new Set<() => void>();
let current = read();
let timer: ReturnType<typeof setTimeout> | undefined;

export const session = {
  get current(): Session | null { return current; },

  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },

  async signIn(email: string, password: string): Promise<void> {
    adopt(keep(await post('/api/auth/login', { email, password })));
  },

  async signOut(): Promise<void> {
    const token = current?.accessToken;
    localStorage.removeItem(Key);
    adopt(null); // before the service hears of it, so that nobody asks for anything with a token that is about to end
    if (token) await fetch('/api/auth/logout', { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  },

  /** A token that is good for a while yet; null when there is none to be had without signing in. */
  async token(): Promise<string | null> {
    if (current && current.expiresAt - Date.now() < RefreshBefore) await refresh();
    return current?.accessToken ?? null;
  },

  /** The service does not take this token: a new one, or the end of the session. */
  async renew(refused: string): Promise<string | null> {
    if (current?.accessToken === refused) await refresh(true);
    return current?.accessToken ?? null;
  },

  /** Waits until somebody has signed in again. */
  signedIn(signal?: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!current) return;
        stop();
        resolve(current.accessToken);
      };
      const stop = session.subscribe(look);
      signal?.addEventListener('abort', () => { stop(); reject(signal.reason); });
      look();
    });
  },
};

if (typeof window !== 'undefined') {
  window.addEventListener('storage', event => {
    if (event.key === Key) adopt(read());
  });
  plan();
}

function read(): Session | null {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(Key) ?? 'null');
    return stored && typeof stored === 'object' && 'accessToken' in stored ? stored as Session : null;
  } catch (e) {
    if (!(e instanceof SyntaxError)) throw e;
    return null; // somebody else's text
  }
}

function keep(answer: Tokens): Session {
  const fresh = { accessToken: answer.accessToken, refreshToken: answer.refreshToken, expiresAt: Date.now() + answer.expiresIn * 1000, user: answer.user };
  localStorage.setItem(Key, JSON.stringify(fresh));
  return fresh;
}

function adopt(next: Session | null): void {
  if (next?.accessToken === current?.accessToken) return;
  current = next;
  plan();
  for (const listener of listeners) listener();
}

function plan(): void {
  clearTimeout(timer);
  if (current?.refreshToken)
    timer = setTimeout(() => void refresh(), Math.min(Math.max(1000, current.expiresAt - Date.now() - RefreshBefore), 2 ** 31 - 1));
}

async function refresh(isRefused = false): Promise<void> {
  const work = async () => {
    const stored = read();
    if (stored && stored.accessToken !== current?.accessToken) return adopt(stored); // another tab was first
    if (!current?.refreshToken) {
      if (!isRefused) return;
      localStorage.removeItem(Key);
      return adopt(null);
    }
    try {
      adopt(keep(await post('/api/auth/refresh', { refreshToken: current.refreshToken })));
    } catch (e) {
      if (!(e instanceof SignInRefused)) {
        timer = setTimeout(() => void refresh(), RetryAfter); // not reached; the token may be good for a while yet
        return;
      }
      localStorage.removeItem(Key);
      adopt(null);
    }
  };
  await navigator.locks.request(Key, work);
}

async function post(path: string, body: object): Promise<Tokens> {
  const answer = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (answer.status >= 500) throw new TypeError(`The service answered ${answer.status}.`);
  const json = await answer.json() as Tokens & { detail?: string; title?: string };
  if (!answer.ok) throw new SignInRefused(json.detail ?? json.title ?? `The service answered ${answer.status}.`);
  return json;
}
