import { queryOptions } from '@tanstack/react-query';
import { api, apiAnswer } from '../../api/client';

export const kinds = ['workflow', 'ruleset', 'decision', 'form', 'template', 'calendar'] as const;

export type ArtefactKind = typeof kinds[number];

export type ArtefactState = 'draft' | 'scheduled' | 'published' | 'superseded' | 'retracted';

/** A version, or a draft, as the service describes it. */
export interface Artefact {
  readonly kind: ArtefactKind;
  readonly key: string;
  /** Null for a draft. */
  readonly version: number | null;
  readonly state: ArtefactState;
  readonly hash: string;
  readonly shipped: boolean;
  readonly author: string | null;
  readonly comment: string | null;
  readonly publishedAt: string | null;
  readonly effectiveFrom: string | null;
  readonly updatedAt: string;
}

export interface ArtefactText extends Artefact {
  readonly content: string;
}

export interface ListedArtefact extends Artefact {
  readonly draft: { readonly author: string | null; readonly updatedAt: string; readonly hash: string } | null;
}

export interface ArtefactUsage {
  readonly kind: string;
  readonly key: string;
  readonly version: number;
  readonly state: string;
  readonly place: string;
}

export interface ArtefactReference {
  readonly kind: string;
  readonly key: string;
  readonly place: string;
}

/** What an author must mend, or should know. */
export interface ArtefactProblem {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly message: string;
  readonly line: number | null;
  readonly column: number | null;
  readonly row: number | null;
  readonly property: string | null;
  readonly element: string | null;
}

export interface Validation {
  readonly valid: boolean;
  readonly problems: readonly ArtefactProblem[];
  /** Who would break by its publishing. */
  readonly breaks: readonly { readonly kind: string; readonly key: string; readonly place: string; readonly reason: string | null }[];
}

export interface TestResults {
  readonly passed: boolean;
  readonly tests: readonly { readonly name: string; readonly passed: boolean; readonly detail: string | null }[];
}

export interface ArtefactChange {
  readonly change: 'added' | 'removed' | 'changed' | 'moved';
  readonly what: string;
  readonly id: string;
  readonly label: string;
  /** Which member of the part was changed; null when it is the part itself. */
  readonly member: string | null;
  readonly from: unknown;
  readonly to: unknown;
}

interface Items<T> { readonly items: readonly T[] }

export const pathOf = (kind: string, key: string) => `/api/artefacts/${kind}/${encodeURIComponent(key)}`;

export const addressOf = (kind: string, key: string) => `/artefacts/${kind}/${key}`;

/** Where an artefact is edited: workflows in Elsa Studio. */
export const editorOf = (kind: string, key: string) => kind === 'workflow' ? `/processes/definitions/${key}` : `${addressOf(kind, key)}/edit`;

/** Every event about an artefact makes all of them stale: they depend on each other. */
const under = (...parts: readonly unknown[]) => ['records', 'artefacts', 'list', ...parts] as const;

export const artefactsQuery = queryOptions({
  queryKey: under('all'),
  queryFn: async ({ signal }) => (await api<Items<ListedArtefact>>('/api/artefacts', { signal })).items,
});

/** Newest first, the draft at the head. */
export const versionsQuery = (kind: string, key: string) => queryOptions({
  queryKey: under('versions', kind, key),
  queryFn: async ({ signal }) => (await api<Items<Artefact>>(`${pathOf(kind, key)}/versions`, { signal })).items,
});

export const usagesQuery = (kind: string, key: string) => queryOptions({
  queryKey: under('usages', kind, key),
  queryFn: async ({ signal }) => (await api<Items<ArtefactUsage>>(`${pathOf(kind, key)}/usages`, { signal })).items,
});

export const referencesQuery = (kind: string, key: string) => queryOptions({
  queryKey: under('references', kind, key),
  queryFn: async ({ signal }) => (await api<Items<ArtefactReference>>(`${pathOf(kind, key)}/references`, { signal })).items,
});

/**
 * About a draft of this hash: another one is another question. Events do not make the answer stale, because what they tell of
 * may be that there is no draft any more; whoever shows it hears that from `versionsQuery`.
 */
const about = (hash: string, ...parts: readonly unknown[]) => ['artefact-draft', hash, ...parts] as const;

export const validationQuery = (kind: string, key: string, hash: string) => queryOptions({
  queryKey: about(hash, 'validation', kind, key),
  queryFn: ({ signal }) => api<Validation>(`${pathOf(kind, key)}/draft/validate`, { method: 'POST', signal }),
});

export const testsQuery = (kind: string, key: string, hash: string) => queryOptions({
  queryKey: about(hash, 'tests', kind, key),
  queryFn: ({ signal }) => api<TestResults>(`${pathOf(kind, key)}/draft/test`, { method: 'POST', signal }),
});

export const differenceQuery = (kind: string, key: string, from: string, to: string, hash: string) => queryOptions({
  queryKey: about(hash, 'difference', kind, key, from, to),
  queryFn: async ({ signal }) => (await api<{ readonly changes: readonly ArtefactChange[] }>(`${pathOf(kind, key)}/diff?from=${from}&to=${to}`, { signal })).changes,
});

export const draftQuery = (kind: string, key: string, hash: string) => queryOptions({
  queryKey: about(hash, 'text', kind, key),
  queryFn: ({ signal }) => apiAnswer<ArtefactText>(`${pathOf(kind, key)}/draft`, { signal }),
});

export const draftOf = (kind: string, key: string) => apiAnswer<ArtefactText>(`${pathOf(kind, key)}/draft`);

export const saveDraft = (kind: string, key: string, content: string, ifMatch: string | null) =>
  apiAnswer<ArtefactText>(`${pathOf(kind, key)}/draft`, { method: 'PUT', body: content, contentType: 'text/plain', ifMatch });

export const restore = (kind: string, key: string, version: number, comment: string | null) =>
  api<ArtefactText>(`${pathOf(kind, key)}/versions/${version}/restore`, { method: 'POST', body: { comment } });
