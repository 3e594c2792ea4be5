import type { TypeDescription } from '../../api/types';
import type { ActionField } from '../../components/actions/actions';
import { FieldInput } from '../../components/fields/FieldInput';
import type { Fields } from '../../components/merge/threeWay';

interface Props {
  readonly type: TypeDescription;
  readonly fields: readonly ActionField[];
  readonly data: Fields;
  readonly onChange: (data: Fields) => void;
}

/** What an action takes, as the record's fields have it. What is empty is not given. */
export function ActionInputs({ type, fields, data, onChange }: Props) {
  return fields.map(({ name, field, required }) => {
    const known = type.fields.find(one => one.name === (field ?? name)) ?? Unknown;
    const put = (value: unknown) => onChange(Object.fromEntries(Object.entries({ ...data, [name]: value }).filter(([, one]) => one !== null)));
    return <FieldInput key={name} field={{ ...known, required: required === true }} label={known.label || name} value={data[name] ?? null} onChange={put} />;
  });
}

/** A value that an action takes and no field of the record has. */
const Unknown: TypeDescription['fields'][number] = {
  name: '', label: '', type: 'text', required: false, nullable: true, personal: false, custom: false, readOnly: false, ownedByLifecycle: false, computed: false,
  searched: false, maxLength: null, filterable: false, sortable: false, operators: [],
};
