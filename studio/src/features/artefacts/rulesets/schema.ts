import type { Suggestion } from '../text/TextEditor';
import { yamlPlace } from './yamlPlace';

/** As much of JSON Schema as the rule sets' uses. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/** Everything that may stand at the end of a path. */
export function schemasAt(root: Schema, path: readonly string[]): readonly Schema[] {
  return path.reduce<readonly Schema[]>((schemas, key) => schemas.flatMap(schema => step(root, schema, key)), open(root, root));
}

/** What may be written at a place: keys that are not there yet, or the values of the key, and what FEEL has. */
export function suggestionsAt(root: Schema, feel: readonly string[], text: string, line: number, column: number): readonly Suggestion[] {
  const { path, valueOf, siblings } = yamlPlace(text, line, column);
  if (valueOf === null) {
    const keys = schemasAt(root, path).flatMap(schema => Object.entries(schema.properties ?? {}));
    return [...new Map(keys)].filter(([key]) => !siblings.includes(key)).map(([key, schema]) => ({ text: key, kind: 'key' as const, ...detailOf(root, schema) }));
  }
  const values = schemasAt(root, [...path, valueOf]).flatMap(schema => [...schema.enum ?? [], ...(schema.type === 'boolean' ? [true, false] : [])]);
  if (values.length > 0) return [...new Set(values)].map(value => ({ text: String(value), kind: 'value' }));
  return [
    ...factTypes(text).map(name => ({ text: name, kind: 'value' as const })),
    ...feel.map(signature => ({ text: signature.slice(0, signature.indexOf('(')), detail: signature, kind: 'function' as const })),
  ];
}

/** The names of the fact types, as they stand below `facts`. */
export function factTypes(text: string): readonly string[] {
  const section = /^facts:[^\n]*\n((?:[ \t]+[^\n]*\n|\n)*)/m.exec(`${text}\n`)?.[1] ?? '';
  const indent = /^[ \t]+/.exec(section)?.[0] ?? ' ';
  return section.split('\n').flatMap(line => line.startsWith(indent) ? /^[\w-]+(?=\s*:)/.exec(line.slice(indent.length)) ?? [] : []);
}

function step(root: Schema, schema: Schema, key: string): readonly Schema[] {
  if (key === '[]') return typeof schema.items === 'object' ? open(root, schema.items) : [];
  const named = schema.properties?.[key];
  if (named) return open(root, named);
  return typeof schema.additionalProperties === 'object' ? open(root, schema.additionalProperties) : [];
}

/** A schema and the alternatives within it. */
function open(root: Schema, schema: Schema): readonly Schema[] {
  const target = schema.$ref?.startsWith('#/$defs/') ? root.$defs?.[schema.$ref.slice('#/$defs/'.length)] : undefined;
  return [schema, ...[...target ? [target] : [], ...schema.anyOf ?? [], ...schema.oneOf ?? [], ...schema.allOf ?? []].flatMap(one => open(root, one))];
}

function detailOf(root: Schema, schema: Schema): { readonly detail?: string } {
  const detail = open(root, schema).find(one => one.description !== undefined)?.description;
  return detail === undefined ? {} : { detail };
}
