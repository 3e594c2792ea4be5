import type { AnyRecord } from '../../api/records';
import type { FieldDescription, TypeDescription } from '../../api/types';

type Fields = Readonly<Record<string, unknown>>;

const Custom = 'custom.';

/** A field's value; those of the tenant's own fields lie below `custom`. */
export function valueOf(record: Fields, name: string): unknown {
  if (!name.startsWith(Custom)) return record[name];
  return (record['custom'] as Fields | null | undefined)?.[name.slice(Custom.length)];
}

/** All values by the names that the description has. */
export function flat(record: Fields): Fields {
  const { custom, ...own } = record;
  const entries = Object.entries((custom ?? {}) as Fields).map(([name, value]) => [Custom + name, value]);
  return { ...own, ...(Object.fromEntries(entries) as Fields) };
}

/** The opposite: as a body of the API has it. */
export function nested(values: Fields): Fields {
  const own: Fields = Object.fromEntries(Object.entries(values).filter(([name]) => !name.startsWith(Custom)));
  const custom = Object.entries(values).filter(([name]) => name.startsWith(Custom)).map(([name, value]) => [name.slice(Custom.length), value]);
  return custom.length > 0 ? { ...own, custom: Object.fromEntries(custom) as Fields } : own;
}

/** What people may write: neither the service's own nor the lifecycle's. */
export function isWritable(field: FieldDescription): boolean {
  return !field.readOnly && !field.ownedByLifecycle && !field.computed;
}

/** What can be written while one looks at a list: values of one line. */
export function isBrief(field: FieldDescription): boolean {
  return isWritable(field) && !['json', 'references'].includes(field.type) && field.multiple !== true;
}

/** What a list shows until somebody chooses otherwise: the name and the status first, then what was described first. */
export function defaultColumns(type: Pick<TypeDescription, 'fields' | 'naturalKey'>): string[] {
  const names = type.fields
    .filter(field => !['json', 'references'].includes(field.type) && !['id', 'version', 'createdAt', 'updatedAt', 'instanceId'].includes(field.name))
    .map(field => field.name);
  const first = [type.naturalKey ?? names[0], type.fields.find(field => field.ownedByLifecycle && field.name === 'status')?.name];
  return [...first.flatMap(name => name ?? []), ...names.filter(name => !first.includes(name))].slice(0, 8);
}

/** What may be sent to make the same record once more. */
export function writableValues(type: Pick<TypeDescription, 'fields'>, record: AnyRecord): Fields {
  return Object.fromEntries(type.fields.filter(isWritable).map((field): [string, unknown] => [field.name, valueOf(record, field.name)])
    .filter(([, value]) => value !== null && value !== undefined));
}

/** `loa_submitted` as people write it. */
export function inWords(value: string): string {
  return value.replaceAll('_', ' ');
}
