import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const answers: Response[] = [];
const asked: { path: string; init: RequestInit }[] = [];

beforeEach(() => {
  vi.resetModules();
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    asked.push({ path, init });
    const answer = answers.shift();
    return answer ? Promise.resolve(answer) : Promise.reject(new TypeError('Failed to fetch'));
  });
  Object.defineProperty(navigator, 'locks', { configurable: true, value: { request: (_: string, work: () => Promise<void>) => work() } }); // jsdom has none
  localStorage.setItem('switchboard.session', JSON.stringify({ accessToken: 'first', refreshToken: 'r', expiresAt: Date.now() + 3_600_000 }));
});

afterEach(() => {
  vi.unstubAllGlobals();
  localStorage.clear();
  answers.length = asked.length = 0;
});

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
const tokens = (accessToken: string) => json({ accessToken, refreshToken: 'r2', expiresIn: 3600, user: { id: '1', name: 'N' } });
const header = (i: number, name: string) => new Headers(asked[i]?.init.headers).get(name);

it('repeats a change with a new token and the same idempotency key', async () => {
  const { api } = await import('./client');
  answers.push(json({}, 401), tokens('second'), json({ id: '7' }));

  expect(await api('/api/sites', { method: 'POST', body: { name: 'x' } })).toEqual({ id: '7' });

  expect(asked.map(one => one.path)).toEqual(['/api/sites', '/api/auth/refresh', '/api/sites']);
  expect(header(2, 'authorization')).toBe('Bearer second');
  expect(header(2, 'idempotency-key')).toBe(header(0, 'idempotency-key'));
});

it('waits for the next sign-in when the session has ended, and loses nothing', async () => {
  const { api } = await import('./client');
  const { session } = await import('./session');
  answers.push(json({}, 401), json({ code: 'invalid_refresh_token', detail: 'no' }, 401));
  const saving = api('/api/sites/1', { method: 'PATCH', body: { name: 'typed' }, ifMatch: '"3"' });
  await vi.waitFor(() => expect(session.current).toBeNull());

  answers.push(tokens('third'), json({ name: 'typed' }));
  await session.signIn('a@b.example', 'secret');

  expect(await saving).toEqual({ name: 'typed' });
  expect(asked.at(-1)?.init.body).toBe('{"name":"typed"}');
  expect(header(asked.length - 1, 'if-match')).toBe('"3"');
});

it('says what the service refused, and when it was not reached', async () => {
  const { api, ApiError } = await import('./client');
  answers.push(json({ code: 'required', detail: 'A name is needed.', traceId: 'abc' }, 422), new Response('<html>', { status: 502 }));

  const refused = await api('/api/sites', { method: 'POST', body: {} }).catch((e: unknown) => e);
  expect(refused).toBeInstanceOf(ApiError);
  expect((refused as InstanceType<typeof ApiError>).problem).toMatchObject({ status: 422, code: 'required', traceId: 'abc' });
  await expect(api('/api/sites')).rejects.toMatchObject({ problem: { status: 502, code: 'http_502' } });
  await expect(api('/api/sites')).rejects.toMatchObject({ problem: { status: 0, code: 'unreachable' } });
});

it('tells how much of a large body has gone, stops when told to, and says when the line was lost', async () => {
  const { api } = await import('./client');
  const sent: { headers: Record<string, string>; end: (event: 'onload' | 'onerror' | 'onabort') => void; progress: (loaded: number, total: number) => void }[] = [];
  vi.stubGlobal('XMLHttpRequest', class {
    upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {};
    status = 201;
    statusText = 'Created';
    responseText = '{"id":"7"}';
    headers: Record<string, string> = {};
    onload?: () => void;
    onerror?: () => void;
    onabort?: () => void;
    onloadend?: () => void;
    open() { /* where to is the same as by fetch */ }
    setRequestHeader(name: string, value: string) { this.headers[name] = value; }
    getAllResponseHeaders() { return 'etag: "1"\r\nlocation: /api/operations/7\r\n'; }
    abort() { this.onabort?.(); this.onloadend?.(); }
    send() { sent.push({ headers: this.headers, end: event => { this[event]?.(); this.onloadend?.(); }, progress: (loaded, total) => this.upload.onprogress?.({ loaded, total }) }); }
  });
  const told: number[] = [];
  const send = (signal?: AbortSignal) => api<{ id: string }>('/api/sites/import', { method: 'POST', body: new FormData(), signal, onSent: ({ done }) => told.push(done) });
  const begun = () => vi.waitFor(() => {
    const one = sent.pop();
    if (!one) throw new Error('nothing is being sent');
    return one;
  });

  const first = send();
  const large = await begun();
  large.progress(1_000, 1_000_000);
  large.progress(1_000_000, 1_000_000);
  large.end('onload');
  expect(await first).toEqual({ id: '7' });
  expect(told).toEqual([1_000, 1_000_000]);
  expect(large.headers).toMatchObject({ authorization: 'Bearer first', 'idempotency-key': expect.any(String) as string });

  const second = send();
  const small = await begun();
  small.progress(1_000, 2_000);
  small.end('onerror');
  await expect(second).rejects.toMatchObject({ problem: { status: 0, code: 'unreachable' } });
  expect(told).toHaveLength(2);

  const stop = new AbortController();
  const third = send(stop.signal);
  await begun();
  stop.abort();
  await expect(third).rejects.toMatchObject({ name: 'AbortError' });
});
