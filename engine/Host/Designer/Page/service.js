// The service's API for pages of ours, with the token of whoever is signed in.
import { session } from './session.js';

/** What the service refused, in its own words. */
export class Problem extends Error {
  constructor(status, document, cause) {
    super(document?.detail ?? document?.title ?? `The service answered ${status}.`, { cause });
    this.status = status;
    this.document = document;
  }
}

export const read = path => send('GET', path);

/** @throws {Problem} */
export async function send(method, path, body) {
  const ask = () => fetch(path, {
    method,
    headers: { authorization: `Bearer ${session.current.accessToken}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch(cause => { throw new Problem(0, { detail: 'The service cannot be reached.' }, cause); });
  const token = session.current.accessToken;
  let answer = await ask();
  if (answer.status === 401 && session.current && session.current.accessToken !== token)
    answer = await ask(); // designer.js has renewed the session meanwhile
  const text = await answer.text();
  const json = /\bjson\b/.test(answer.headers.get('content-type') ?? '') && text ? JSON.parse(text) : null;
  if (!answer.ok)
    throw new Problem(answer.status, json);
  return json;
}

/** An element with its attributes and what is in it; `on…` are listeners, texts are texts and never HTML. */
export function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for a part of a drawing. */
export function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on'))
      element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false)
      element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter(child => child !== null && child !== undefined));
  return element;
}

export const instant = text => text && new Date(text).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** A span of time in the two largest units that say something. */
export function span(seconds) {
  const units = [['d', 86_400], ['h', 3_600], ['min', 60], ['s', 1]];
  const at = Math.max(0, units.findIndex(([, size]) => seconds >= size));
  const whole = seconds < 1 ? 0 : Math.floor(seconds / units[at][1]);
  if (seconds < 1)
    return 'under 1 s';
  const rest = units[at + 1] ? Math.floor((seconds % units[at][1]) / units[at + 1][1]) : 0;
  return `${whole} ${units[at][0]}${rest > 0 ? ` ${rest} ${units[at + 1][0]}` : ''}`;
}
