import { api } from '../../api/client';
import type { AnyRecord } from '../../api/records';

/** The templates for migrations that ship. */
export const scriptTemplates = ['teams-assign-numbers', 'teams-roll-back-numbers', 'teams-resource-accounts'] as const;

export interface GeneratedScript extends AnyRecord {
  readonly name: string;
  readonly template: string;
  readonly content: string;
}

export function writeScript(migrationId: string, template: string): Promise<GeneratedScript> {
  return api<GeneratedScript>(`/api/migrations/${migrationId}/scripts`, { method: 'POST', body: { template } });
}
