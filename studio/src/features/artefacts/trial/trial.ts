import { queryOptions } from '@tanstack/react-query';
import { api } from '../../../api/client';
import { pathOf } from '../artefacts';

/** What an artefact asks for, as `GET …/questions` says. */
export interface TrialInput {
  readonly name: string;
  /** As FEEL writes it. */
  readonly type: string;
  readonly fields: readonly TrialInput[] | null;
}

export interface Questions {
  readonly decisions: readonly { readonly name: string | null; readonly inputs: readonly TrialInput[] }[];
  readonly tests: readonly { readonly name: string; readonly decision: string | null; readonly input: Readonly<Record<string, unknown>> | null; readonly expected: unknown }[];
}

export interface Matched {
  readonly decision?: string;
  readonly row?: number;
  readonly rowId?: string | null;
  readonly rule?: string;
  readonly bindings?: Readonly<Record<string, unknown>>;
  readonly contributions?: readonly { readonly what: string; readonly type: string | null; readonly value: unknown }[];
}

export interface NearMiss {
  readonly decision: string;
  readonly row: number;
  readonly rowId: string | null;
  readonly failed: readonly { readonly column: string; readonly cell: string; readonly value: unknown }[];
}

export interface Trial {
  readonly output: unknown;
  readonly matched: readonly Matched[];
  readonly nearMisses: readonly NearMiss[];
  readonly diagnostics: readonly { readonly code: string; readonly message: string }[];
}

/** What was decided once, as `GET /api/decisions` lists it. */
export interface PastDecision {
  readonly id: string;
  readonly artefact: { readonly kind: string };
  /** Of a model; null for its last one. */
  readonly decision: string | null;
  readonly input: Readonly<Record<string, unknown>>;
  readonly output: unknown;
  readonly cause: { readonly subject?: { readonly type: string; readonly id: string } | null };
  readonly at: string;
}

export interface Analysis {
  readonly findings: readonly {
    readonly code: string; readonly decision: string | null; readonly rows: readonly number[]; readonly rules: readonly string[]; readonly example: Readonly<Record<string, unknown>> | null; readonly message: string;
  }[];
  readonly limits: readonly string[];
}

export interface Hits {
  readonly decisions: number;
  readonly counted: number;
  readonly hits: readonly { readonly decision: string | null; readonly row: string; readonly count: number }[];
}

export const questionsQuery = (kind: string, key: string, hash: string) => queryOptions({
  queryKey: ['artefact-questions', kind, key, hash],
  queryFn: ({ signal }) => api<Questions>(`${pathOf(kind, key)}/questions`, { signal }),
});

export const analysisQuery = (kind: string, key: string, hash: string) => queryOptions({
  queryKey: ['artefact-analysis', kind, key, hash],
  queryFn: ({ signal }) => api<Analysis>(`${pathOf(kind, key)}/analysis`, { signal }),
});

export const hitsQuery = (kind: string, key: string) => queryOptions({
  queryKey: ['artefact-hits', kind, key],
  queryFn: ({ signal }) => api<Hits>(`${pathOf(kind, key)}/hits`, { signal }),
});

/** The newest decisions, which only those may see who have `decisions:read`. */
export const pastQuery = (kind: string, key: string) => queryOptions({
  queryKey: ['artefact-decisions', kind, key],
  queryFn: async ({ signal }) => (await api<{ readonly items: readonly PastDecision[] }>(`/api/decisions?key=${encodeURIComponent(key)}&limit=25`, { signal })).items.filter(one => one.artefact.kind === kind),
});

export const tryIt = (kind: string, key: string, input: object, decision: string | undefined) =>
  api<Trial>(`${pathOf(kind, key)}/try`, { method: 'POST', body: { input, ...(decision !== undefined && { decision }) } });

/** What somebody typed for an input, as JSON of its type; what is empty is not given. */
export function valueOf(text: string, type: string): unknown {
  if (text.trim() === '') return undefined;
  if (type === 'number') {
    const number = Number(text.trim().replace(',', '.'));
    return Number.isNaN(number) ? text : number; // the service says what is wrong with it, by its name
  }
  if (type === 'boolean') return text === 'true';
  if (isText(type)) return text;
  return JSON.parse(text) as unknown;
}

export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, null, typeof value === 'object' ? 2 : undefined);
}

/** Written as a text, in JSON as on the screen. */
export const isText = (type: string) => type === 'string' || type === 'date' || type === 'time' || type === 'date and time' || type.endsWith('duration');

/** All inputs as JSON, or the name of one that is none. */
export function inputOf(typed: Readonly<Record<string, string>>, inputs: readonly TrialInput[]): { readonly input: Readonly<Record<string, unknown>> } | { readonly wrong: string } {
  const input: Record<string, unknown> = {};
  for (const { name, type } of inputs) {
    try {
      const value = valueOf(typed[name] ?? '', type);
      if (value !== undefined) input[name] = value;
    } catch (e) {
      if (!(e instanceof SyntaxError)) throw e;
      return { wrong: name };
    }
  }
  return { input };
}
