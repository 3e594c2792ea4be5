// The script worker: runs JavaScript of workflows in QuickJS, which is WebAssembly without any import that reaches a file,
// the network or this process. A request is two lines on stdin: the script as a JSON string, and its scope as JSON, which goes
// to QuickJS unread; a scope of null asks for the syntax alone. Answers are lines on stdout, in the order of the requests. The engine starts this process, and kills it
// when a script cannot be interrupted.
//
// Every script finds the same untouched memory: after the prelude has run once, the used part of the linear memory is kept
// as a snapshot, and put back after every script. That is both the isolation (nothing that a script did to a prototype, a
// global or the heap is there for the next one, and running out of memory leaves no trace) and the speed: copying a quarter
// of a megabyte takes some 10 µs, a fresh runtime, context and prelude take 1.5 ms.
import { randomFillSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

const fileName = 'script.js';

async function main({ parent, memoryLimit, stackLimit, budget }) {
  new Worker(new URL(import.meta.url), { workerData: parent }).unref();
  const sandbox = await createSandbox(memoryLimit, stackLimit, budget);

  let source = null;
  let rest = '';
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', chunk => {
    rest += chunk;
    let from = 0;
    for (let at = rest.indexOf('\n', from); at >= 0; at = rest.indexOf('\n', from)) {
      const line = rest.slice(from, at);
      from = at + 1;
      if (source === null) source = JSON.parse(line);
      else {
        answer(sandbox(source, line));
        source = null;
      }
    }
    rest = rest.slice(from);
  });
  process.stdin.on('end', () => process.exit(0));
  process.stdout.write('{"ready":true}\n');
}

function answer(json) {
  process.stdout.write(json + '\n');
  // A trap inside WebAssembly leaves the machine's stack pointer where it was: this process is no longer to be trusted.
  if (json.startsWith('{"leaving":true')) process.exit(0);
}

/**
 * A script that cannot be interrupted keeps the main thread from seeing that stdin has ended. Should the engine be killed
 * meanwhile, this thread notices by the parent's process id and ends the process, so that none is left behind.
 */
function watchParent(parent) {
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  }, 1000);
  parentPort.unref();
}

async function createSandbox(memoryLimit, stackLimit, budget) {
  const require = createRequire(import.meta.url);
  const { newQuickJSWASMModuleFromVariant, newVariant } = require('quickjs-emscripten-core');
  const releaseSync = require('@jitl/quickjs-wasmfile-release-sync').default;

  // QuickJS cannot count its allocations in WebAssembly (there is no malloc_usable_size), so that its own memory limit only
  // bounds single allocations. The maximum of the linear memory bounds them all.
  const page = 65536;
  const wasmMemory = new WebAssembly.Memory({ initial: 256, maximum: Math.max(257, Math.floor(memoryLimit / page)) });
  const quickjs = await newQuickJSWASMModuleFromVariant(newVariant(releaseSync, { wasmMemory }));

  // When there is no memory even for an error, QuickJS throws null; that it was memory shows here.
  let isExhausted = false;
  wasmMemory.grow = pages => {
    isExhausted = true;
    const before = WebAssembly.Memory.prototype.grow.call(wasmMemory, pages);
    isExhausted = false;
    return before;
  };

  let deadline = Infinity;
  let interrupted = false;
  const runtime = quickjs.newRuntime();
  runtime.setMemoryLimit(memoryLimit);
  runtime.setMaxStackSize(stackLimit);
  runtime.setInterruptHandler(() => (interrupted = performance.now() > deadline));

  const context = runtime.newContext();
  const prelude = readFileSync(new URL('prelude.js', import.meta.url), 'utf8');
  const functions = context.unwrapResult(context.evalCode(prelude, 'prelude.js'));
  const begin = context.getProp(functions, 'begin');
  const finish = context.getProp(functions, 'finish');
  const explain = context.getProp(functions, 'explain');
  const nothing = context.undefined;
  const timedOut = JSON.stringify({
    error: { code: 'script_timeout', message: `The script ran longer than its budget of ${budget} ms.` },
  });
  const outOfMemory = JSON.stringify({ error: { code: 'script_memory', message: 'The script ran out of memory.' } });

  const random = Buffer.alloc(4096);
  let randomAt = random.length;
  const snapshot = takeSnapshot(wasmMemory);

  return function run(source, scope) {
    interrupted = false;
    isExhausted = false;
    deadline = performance.now() + budget;
    try {
      if (scope === 'null') return check(source);
      if (randomAt === random.length) {
        randomFillSync(random);
        randomAt = 0;
      }
      const seed = random.toString('hex', randomAt, (randomAt += 16));
      const begun = context.callFunction(begin, nothing, context.newString(scope), context.newString(seed));
      if (begun.error) return failure(begun.error, forms.plain);

      const form = formOf(source);
      const evaluated = context.evalCode(form.before + source + form.after, fileName, form.flags);
      if (evaluated.error) return failure(evaluated.error, form);
      const settled = settle(evaluated.value, form);
      if (settled.error) return failure(settled.error, form);

      const finished = context.callFunction(finish, nothing, settled.value);
      if (finished.error) return failure(finished.error, form);
      return storable(context.getString(finished.value));
    } catch (trap) {
      return JSON.stringify({ leaving: true, error: { code: 'script_failed', message: `The sandbox failed: ${trap.message}` } });
    } finally {
      snapshot.restore();
    }
  };

  /**
   * The value of a script is that of its last expression, so it is evaluated as it is. Only if it may have a top-level return
   * or await, it is compiled (which runs nothing) in one form after another until one fits; a script with a top-level return
   * is the body of a function, and yields what that returns.
   */
  function formOf(source) {
    const returns = /\breturn\b/.test(source);
    const awaits = /\bawait\b/.test(source);
    if (!returns && !awaits) return forms.plain;

    const candidates = [forms.plain];
    if (awaits) candidates.push(forms.asynchronous);
    if (returns) candidates.push(forms.body);
    if (returns && awaits) candidates.push(forms.asynchronousBody);
    const fits = form => !context.evalCode(form.before + source + form.after, fileName, form.flags | compileOnly).error;
    return candidates.find(fits) ?? candidates.at(-1);
  }

  /** Compiles a script and runs nothing of it. */
  function check(source) {
    const form = formOf(source);
    const compiled = context.evalCode(form.before + source + form.after, fileName, form.flags | compileOnly);
    return compiled.error ? failure(compiled.error, form) : '{}';
  }

  function settle(value, form) {
    for (;;) {
      const state = context.getPromiseState(value);
      if (state.type === 'rejected') return { error: state.error };
      if (state.type === 'pending') {
        const jobs = runtime.executePendingJobs();
        if (jobs.error) return jobs;
        if (jobs.value === 0) return { error: context.newError('The promise that the script yielded never settles.') };
      } else if (!state.notAPromise) {
        value = state.value;
        if (form !== forms.asynchronous) continue;
        value = context.getProp(value, 'value');
        form = forms.plain;
      } else return { value };
    }
  }

  function failure(error, form) {
    if (interrupted) return timedOut;
    deadline = performance.now() + budget;
    const explained = context.callFunction(explain, nothing, error);
    if (interrupted) return timedOut;
    const facts = explained.error ? null : JSON.parse(context.getString(explained.value));
    if (facts === null || (isExhausted && facts.name === null && facts.message === 'null')) return outOfMemory;
    return JSON.stringify({ error: describe(facts, form.before.length) });
  }
}

const compileOnly = 1 << 5; // JS_EVAL_FLAG_COMPILE_ONLY

const forms = {
  plain: { before: '', after: '', flags: 0 },
  asynchronous: { before: '', after: '', flags: 1 << 7 }, // JS_EVAL_FLAG_ASYNC: yields a promise of { value }
  body: { before: '(function(){', after: '\n})()', flags: 0 },
  asynchronousBody: { before: '(async function(){', after: '\n})()', flags: 0 },
};

const tooMuch = /^(out of memory|string too long|invalid string length|invalid array length|BigInt is too large to allocate)$/;

function describe({ name, message, stack }, prefix) {
  const error = { code: 'script_failed', message: name === null ? `The script threw ${message}.` : `${name}: ${message}` };
  // Of a syntax error in the script itself the first frame is the place; one that JSON.parse threw names its function.
  if (name === 'SyntaxError' && /^\s*at script\.js:\d+:\d+\n/.test(stack)) error.code = 'script_syntax';
  if (tooMuch.test(message)) error.code = 'script_memory';
  const place = /script\.js:(\d+):(\d+)/.exec(stack);
  if (place !== null) {
    error.line = Number(place[1]);
    error.column = Number(place[2]) - (error.line === 1 ? prefix : 0);
  }
  return error;
}

/**
 * What no database keeps becomes U+FFFD, here and not when it is stored, so that scripts see the same after a restart:
 * surrogates that stand alone, which JSON.stringify escapes and no UTF-8 reader takes, and U+0000.
 */
function storable(json) {
  return json.includes('\\ud') || json.includes('\\u0000')
    ? json.replace(/(?<!\\)((?:\\\\)*)\\u(?:d[89a-f][0-9a-f]{2}|0000)/g, '$1\\ufffd')
    : json;
}

/**
 * The used part of the linear memory, but for the longest run of zeros in it: that is the stack, between the static data and
 * the heap, of which nothing is in use between two calls.
 */
function takeSnapshot(memory) {
  const block = 4096;
  const all = Buffer.from(memory.buffer);
  const zeros = Buffer.alloc(block);
  let top = 0;
  let stack = { from: 0, to: 0 };
  for (let at = 0; at < all.length; at += block) {
    if (all.compare(zeros, 0, block, at, at + block) === 0) continue;
    if (at - top > stack.to - stack.from) stack = { from: top, to: at };
    top = at + block;
  }
  const data = Uint8Array.from(all.subarray(0, stack.from));
  const heap = Uint8Array.from(all.subarray(stack.to, top));
  return {
    restore() {
      const current = new Uint8Array(memory.buffer);
      current.set(data, 0);
      current.set(heap, stack.to);
    },
  };
}

if (isMainThread) await main(JSON.parse(process.argv[2]));
else watchParent(workerData);
