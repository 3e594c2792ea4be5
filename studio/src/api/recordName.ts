import type { AnyRecord } from './records';
import type { TypeDescription } from './types';

const Names = ['displayName', 'title', 'name', 'number', 'reference', 'fileName', 'subject', 'email'];

/** What people call a record: its natural key, else the first of the usual names, else its id. */
export function nameOf(type: Pick<TypeDescription, 'naturalKey' | 'fields'>, record: AnyRecord): string {
  const candidates = [...Names.filter(name => type.fields.some(field => field.name === name)), ...(type.naturalKey === null ? [] : [type.naturalKey])];
  for (const name of candidates) {
    const value = record[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return record.id;
}
