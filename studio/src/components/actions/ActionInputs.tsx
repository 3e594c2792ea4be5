import type { TypeDescription } from '../../api/types';
import { FieldInput } from '../fields/FieldInput';
import { inWords } from '../fields/fields';
import type { Fields } from '../merge/threeWay';
import type { ActionField, LabelOf } from './actions';

interface Props {
  /** Of the records that it is done with; until it is known, every value is a text. */
  readonly type: TypeDescription | undefined;
  readonly fields: readonly ActionField[];
  readonly data: Fields;
  readonly onChange: (data: Fields) => void;
  readonly labelOf?: LabelOf | undefined;
}

/** What an action takes, as the record's fields have it. What is empty is not given. */
export function ActionInputs({ type, fields, data, onChange, labelOf = (name, label) => label ?? inWords(name) }: Props) {
  return fields.map(({ name, field, required }, i) => {
    const known = type?.fields.find(one => one.name === (field ?? name)) ?? Unknown;
    const put = (value: unknown) => onChange(Object.fromEntries(Object.entries({ ...data, [name]: value }).filter(([, one]) => one !== null)));
    return (
      <FieldInput key={name} field={{ ...known, required: required === true }} label={labelOf(name, known.label || undefined)} autoFocus={i === 0}
        value={data[name] ?? null} onChange={put} />
    );
  });
}

/** A value that an action takes and no field of the record has. */
const Unknown: TypeDescription['fields'][number] = {
  name: '', label: '', type: 'text', required: false, nullable: true, personal: false, custom: false, readOnly: false, ownedByLifecycle: false, computed: false,
  searched: false, maxLength: null, filterable: false, sortable: false, operators: [],
};
