import { session } from './session';
import type { components } from './schema';

export type Schemas = components['schemas'];

/** What the service says when it refuses (RFC 9457). */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly title?: string;
  readonly traceId?: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string; readonly detail: string }[];
  readonly [extension: string]: unknown;
}

export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
    this.name = 'ApiError';
  }

  get status(): number { return this.problem.status; }
  get code(): string { return this.problem.code; }
}

export interface Answer<T> {
  readonly data: T;
  /** For the `If-Match` of the change that follows. */
  readonly etag: string | null;
  /** Where what was made is: a record, or the operation that a change can be undone by. */
  readonly location?: string | null;
}

interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON, unless it is a form or a text of a type of its own. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly ifMatch?: string | null | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Of a change that is sent once more after it may have been done: the first answer comes again. Each call has its own otherwise. */
  readonly idempotencyKey?: string;
  /** Told while a body of some size goes. */
  readonly onSent?: ((sent: Sent) => void) | undefined;
}

/** How something large goes: with a way to stop it, and to hear how far it is. */
export interface Sending {
  readonly signal: AbortSignal;
  readonly onSent: (sent: Sent) => void;
}

/** Bytes of a body. */
export interface Sent {
  readonly done: number;
  readonly total: number;
}

/** The answer's JSON; null when it has no body. */
export async function api<T>(path: string, call: Call = {}): Promise<T> {
  return (await apiAnswer<T>(path, call)).data;
}

/** With its ETag and what it leads to. */
export async function apiAnswer<T>(path: string, call: Call = {}): Promise<Answer<T>> {
  const answer = await send(path, call);
  const text = await answer.text();
  return { data: (text ? JSON.parse(text) : null) as T, etag: answer.headers.get('etag'), location: answer.headers.get('location') };
}

/** A file: to keep it, or to show it. */
export async function apiBlob(path: string, call: Call = {}): Promise<Blob> {
  return (await send(path, call)).blob();
}

/** The beginning of a text of any length; the rest is not fetched. */
export async function apiHead(path: string, mostBytes: number, signal?: AbortSignal): Promise<string> {
  const reader = (await send(path, { signal })).body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (let bytes = 0; reader && bytes < mostBytes;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.length;
    text += decoder.decode(value, { stream: true });
  }
  await reader?.cancel();
  return text;
}

/**
 * Sends it as whoever is signed in. When the sign-in has ended meanwhile it waits for the next one, which the shell asks
 * for over the page: what somebody has typed stays where it is. A change carries an idempotency key, so that sending it
 * again after a lost connection does it once.
 */
async function send(path: string, call: Call): Promise<Response> {
  const key = call.method === 'POST' || call.method === 'PATCH' ? call.idempotencyKey ?? newKey() : undefined;
  let token = await session.token() ?? await session.signedIn(call.signal);
  for (;;) {
    const answer = await reach(path, call, token, key);
    if (answer.ok) return answer;
    if (answer.status !== 401) throw new ApiError(await problemOf(answer));
    token = await session.renew(token) ?? await session.signedIn(call.signal);
  }
}

async function reach(path: string, call: Call, token: string, key: string | undefined): Promise<Response> {
  const headers = new Headers({ authorization: `Bearer ${token}` });
  if (key) headers.set('idempotency-key', key);
  if (call.ifMatch) headers.set('if-match', call.ifMatch);
  let body: BodyInit | null = null;
  if (call.body instanceof FormData || call.body instanceof Blob) {
    body = call.body;
  } else if (call.body !== undefined) {
    headers.set('content-type', call.contentType ?? (call.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'));
    body = call.contentType ? call.body as string : JSON.stringify(call.body);
  }
  try {
    const request = { method: call.method ?? 'GET', headers, body, signal: call.signal ?? null };
    return await (call.onSent ? upload(path, request, call.onSent) : fetch(path, request));
  } catch (e) {
    if (call.signal?.aborted) throw e;
    throw new ApiError({ status: 0, code: 'unreachable', detail: 'The service cannot be reached.' });
  }
}

/** A smaller body is gone before anybody could read how much of it is. */
const WorthTelling = 256 << 10;

/** As `fetch` does, which cannot tell how much of a body has gone. */
function upload(path: string, { method, headers, body, signal }: { method: string; headers: Headers; body: BodyInit | null; signal: AbortSignal | null }, onSent: (sent: Sent) => void): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    request.open(method, path);
    headers.forEach((value, name) => request.setRequestHeader(name, value));
    request.upload.onprogress = ({ loaded, total }) => { if (total >= WorthTelling) onSent({ done: loaded, total }); };
    request.onload = () => {
      const lines = request.getAllResponseHeaders().trim().split('\r\n').filter(line => line !== '');
      const own = new Headers(lines.map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as [string, string]));
      resolve(new Response(request.status === 204 ? null : request.responseText, { status: request.status, statusText: request.statusText, headers: own }));
    };
    request.onerror = request.ontimeout = () => reject(new TypeError('The connection was lost.'));
    request.onabort = () => reject(new DOMException('It was stopped.', 'AbortError'));
    request.onloadend = () => signal?.removeEventListener('abort', stop);
    if (signal?.aborted) return reject(new DOMException('It was stopped.', 'AbortError'));
    signal?.addEventListener('abort', stop);
    request.send(body as XMLHttpRequestBodyInit | null);
  });
}

async function problemOf(answer: Response): Promise<Problem> {
  const text = await answer.text();
  try {
    const json = JSON.parse(text) as Partial<Problem>;
    return { ...json, status: answer.status, code: json.code ?? `http_${answer.status}`, detail: json.detail ?? json.title ?? answer.statusText };
  } catch (e) {
    if (!(e instanceof SyntaxError)) throw e;
    return { status: answer.status, code: `http_${answer.status}`, detail: answer.statusText || `The service answered ${answer.status}.` };
  }
}

/** `crypto.randomUUID` is only there over HTTPS and on loopback; the service is also run in plain networks. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('');
}
