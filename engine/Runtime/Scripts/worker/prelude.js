// The JavaScript API of workflow scripts, evaluated once inside QuickJS; the worker takes its snapshot after this has run.
// What it needs of the language is taken into its own scope first, so that a script which breaks a prototype or a global
// harms only itself. It yields the functions that the worker calls: begin before a script, finish or explain after it.
(function () {
  'use strict';

  const { parse, stringify } = JSON;
  const { apply, construct, ownKeys } = Reflect;
  const hasOwnProperty = Object.prototype.hasOwnProperty;
  const { create } = Object;
  const text = String;
  const encode = encodeURIComponent;
  const decode = decodeURIComponent;
  const api = create(null);

  let now = 0;
  let variables = {};
  let identity = {};
  let written = create(null); // names that the script assigned
  let seen = create(null); // objects that it read, as JSON: they may have been changed in place
  let instanceName;
  let correlationId;
  let outcomes;

  function own(object, name) {
    return object !== null && object !== undefined && apply(hasOwnProperty, object, [name]);
  }

  // ---- time: new Date() and Date.now() give the instant of the burst

  const RealDate = Date;

  function BurstDate(...parts) {
    if (new.target === undefined) return new RealDate(now).toString();
    return construct(RealDate, parts.length === 0 ? [now] : parts, new.target);
  }

  Object.defineProperty(BurstDate, 'name', { value: 'Date' });
  BurstDate.prototype = RealDate.prototype;
  BurstDate.prototype.constructor = BurstDate;
  BurstDate.now = () => now;
  BurstDate.parse = RealDate.parse;
  BurstDate.UTC = RealDate.UTC;
  api.Date = BurstDate;

  // ---- chance: sfc32 over a seed of 128 random bits that comes with every request

  const seed = [0, 0, 0, 0];

  function random32() {
    const sum = (((seed[0] + seed[1]) | 0) + seed[3]) | 0;
    seed[3] = (seed[3] + 1) | 0;
    seed[0] = seed[1] ^ (seed[1] >>> 9);
    seed[1] = (seed[2] + (seed[2] << 3)) | 0;
    seed[2] = (((seed[2] << 21) | (seed[2] >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  Math.random = () => random32() / 4294967296;

  // ---- variables, input, outputs

  function readVariable(name) {
    if (!own(variables, name)) return undefined;
    const value = variables[name];
    if (typeof value === 'object' && value !== null && seen[name] === undefined) seen[name] = stringify(value);
    return value;
  }

  function writeVariable(name, value) {
    variables[name] = value;
    written[name] = true;
  }

  function pascal(name) {
    let result = '';
    let upper = true;
    for (let i = 0; i < name.length; i++) {
      const c = name[i];
      if (c === '_' || c === '-' || c === ' ') upper = true;
      else {
        result += upper ? c.toUpperCase() : c;
        upper = false;
      }
    }
    return result;
  }

  const orNull = value => (value === undefined ? null : value);

  api.variables = new Proxy(create(null), {
    get: (_, name) => (typeof name === 'string' ? readVariable(name) : undefined),
    set: (_, name, value) => {
      writeVariable(text(name), value);
      return true;
    },
    has: (_, name) => own(variables, name),
    ownKeys: () => ownKeys(variables),
    getOwnPropertyDescriptor: (_, name) =>
      own(variables, name)
        ? { value: readVariable(name), writable: true, enumerable: true, configurable: true }
        : undefined,
  });
  api.getVariable = name => orNull(readVariable(text(name)));
  api.setVariable = (name, value) => writeVariable(text(name), value);
  api.setWorkflowInstanceName = name => {
    instanceName = identity.WorkflowInstanceName = text(name);
  };
  api.setCorrelationId = id => {
    correlationId = identity.CorrelationId = text(id);
  };
  api.setOutcome = name => {
    outcomes = [text(name)];
  };
  api.setOutcomes = names => {
    outcomes = [];
    for (let i = 0; i < names.length; i++) outcomes[i] = text(names[i]);
  };

  // ---- helpers of Elsa's JavaScript

  api.isNullOrEmpty = value => value === null || value === undefined || value === '';
  api.isNullOrWhiteSpace = value => value === null || value === undefined || /^\s*$/.test(value);
  api.toJson = value => stringify(value, plain);

  function hex(count) {
    let result = '';
    while (result.length < count) result += (random32() + 4294967296).toString(16).slice(1);
    return result.slice(0, count);
  }

  function newGuid() {
    const variant = '89ab'[random32() & 3];
    return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
  }

  function parseGuid(value) {
    const digits = text(value).trim().replace(/[{}()-]/g, '').toLowerCase();
    if (!/^[0-9a-f]{32}$/.test(digits)) throw new TypeError(`'${value}' is not a GUID.`);
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }

  function shortGuid(guid) {
    const digits = parseGuid(guid).replace(/-/g, '');
    // The first three groups of a GUID are little-endian in its sixteen bytes.
    const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    const bytes = new Uint8Array(16);
    for (let i = 0; i < 16; i++) bytes[i] = parseInt(digits.substr(order[i] * 2, 2), 16);
    return toBase64(bytes).replace(/\//g, '_').replace(/\+/g, '-').slice(0, 22);
  }

  api.newGuid = newGuid;
  api.newGuidString = newGuid;
  api.newShortGuid = () => shortGuid(newGuid());
  api.parseGuid = parseGuid;
  api.getGuidString = parseGuid;
  api.getShortGuid = shortGuid;

  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

  function toBase64(bytes) {
    let result = '';
    for (let i = 0; i < bytes.length; i += 3) {
      const rest = bytes.length - i;
      const word = (bytes[i] << 16) | ((rest > 1 ? bytes[i + 1] : 0) << 8) | (rest > 2 ? bytes[i + 2] : 0);
      result += alphabet[word >> 18] + alphabet[(word >> 12) & 63];
      result += (rest > 1 ? alphabet[(word >> 6) & 63] : '=') + (rest > 2 ? alphabet[word & 63] : '=');
    }
    return result;
  }

  function fromBase64(value) {
    const digits = text(value).replace(/\s/g, '');
    if (digits.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(digits)) throw new TypeError('Not base64 text.');
    const padding = digits.endsWith('==') ? 2 : digits.endsWith('=') ? 1 : 0;
    const bytes = new Uint8Array((digits.length / 4) * 3 - padding);
    for (let i = 0, at = 0; i < digits.length; i += 4) {
      let word = 0;
      for (let k = 0; k < 4; k++) word = (word << 6) | (digits[i + k] === '=' ? 0 : alphabet.indexOf(digits[i + k]));
      for (let shift = 16; shift >= 0 && at < bytes.length; shift -= 8) bytes[at++] = (word >> shift) & 255;
    }
    return bytes;
  }

  function toUtf8(value) {
    const escaped = encode(text(value).toWellFormed());
    const bytes = [];
    for (let i = 0; i < escaped.length; i++) {
      if (escaped[i] === '%') {
        bytes.push(parseInt(escaped.substr(i + 1, 2), 16));
        i += 2;
      } else bytes.push(escaped.charCodeAt(i));
    }
    return new Uint8Array(bytes);
  }

  function fromUtf8(bytes) {
    let escaped = '';
    for (let i = 0; i < bytes.length; i++) escaped += '%' + (bytes[i] + 256).toString(16).slice(1);
    return decode(escaped);
  }

  api.bytesToString = fromUtf8;
  api.bytesFromString = toUtf8;
  api.bytesToBase64 = toBase64;
  api.bytesFromBase64 = fromBase64;
  api.stringToBase64 = value => toBase64(toUtf8(value));
  api.stringFromBase64 = value => fromUtf8(fromBase64(value));

  for (const name of ownKeys(api)) define(name, api[name]);

  function define(name, value) {
    Object.defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
  }

  // ---- what leaves a script is JSON

  const MapType = Map;
  const SetType = Set;
  const ByteArray = Uint8Array;

  /** What JSON has no form for: big integers as numbers or, beyond 2^53, as text; bytes as base64; maps and sets. */
  function plain(_, value) {
    if (typeof value === 'bigint') {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : text(value);
    }
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof ByteArray) return toBase64(value);
    if (value instanceof SetType) return [...value];
    if (value instanceof MapType) {
      const object = {};
      for (const [key, entry] of value) object[key] = entry;
      return object;
    }
    return value;
  }

  function begin(scopeText, random) {
    const scope = parse(scopeText);
    now = scope.now;
    variables = scope.variables;
    identity = scope.identity;
    const { input, outputs, lastResult } = scope;
    for (let i = 0; i < 4; i++) seed[i] = parseInt(random.substr(i * 8, 8), 16) | 0;
    for (let i = 0; i < 12; i++) random32();

    for (const name of ['WorkflowDefinitionId', 'WorkflowDefinitionVersionId', 'WorkflowDefinitionVersion',
      'WorkflowInstanceId', 'WorkflowInstanceName', 'CorrelationId']) identity[name] ??= null;
    for (const name of ownKeys(identity)) define('get' + name, () => identity[name]);

    for (const activity of ownKeys(outputs)) {
      for (const output of ownKeys(outputs[activity])) {
        define(`get${pascal(output)}From${pascal(activity)}`, () => outputs[activity][output]);
      }
    }
    for (const name of ownKeys(input)) define('get' + pascal(name), () => input[name]);
    // After the input: a variable is the nearer scope.
    for (const name of ownKeys(variables)) {
      define('get' + pascal(name), () => readVariable(name));
      define('set' + pascal(name), value => writeVariable(name, value));
    }
    define('getInput', name => (own(input, name) ? input[name] : null));
    define('getLastResult', () => orNull(lastResult));
    define('getOutputFrom', (activity, output = 'Result') =>
      own(outputs, activity) && own(outputs[activity], output) ? outputs[activity][output] : null);
  }

  function finish(value) {
    // Objects without a prototype, and loops without an iterator: the script may have put a toJSON on every object.
    const result = create(null);
    result.value = orNull(value);
    const changed = create(null);
    const writtenNames = ownKeys(written);
    for (let i = 0; i < writtenNames.length; i++) changed[writtenNames[i]] = orNull(variables[writtenNames[i]]);
    const seenNames = ownKeys(seen);
    for (let i = 0; i < seenNames.length; i++) {
      const name = seenNames[i];
      if (written[name] === undefined && stringify(variables[name]) !== seen[name]) changed[name] = variables[name];
    }
    if (ownKeys(changed).length > 0) result.variables = changed;
    if (instanceName !== undefined) result.instanceName = instanceName;
    if (correlationId !== undefined) result.correlationId = correlationId;
    if (outcomes !== undefined) result.outcomes = outcomes;
    return stringify(result, plain);
  }

  function explain(error) {
    const isError = typeof error === 'object' && error !== null && 'message' in error;
    return stringify({
      name: isError ? text(error.name) : null,
      message: isError ? text(error.message) : typeof error === 'object' ? stringify(error) : text(error),
      stack: isError ? text(error.stack) : '',
    });
  }

  return { begin, finish, explain };
})();
