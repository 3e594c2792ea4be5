import { NumberInput, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { typeQuery } from '../../api/types';
import type { ActionData, ActionField, OfferedAction } from '../../components/actions/actions';
import { inWords, useNames } from './usePortingTexts';

interface Props {
  readonly type: string;
  readonly action: OfferedAction;
  readonly data: ActionData;
  readonly onChange: (data: ActionData) => void;
}

/** A field for each value that the action takes, of the kind that the record's field has. */
export function ActionFields({ type, action, data, onChange }: Props) {
  return (action.fields ?? []).map((field, i) => (
    <Input key={field.name} type={type} field={field} isFirst={i === 0} value={data[field.name] ?? ''}
      onChange={value => onChange(Object.fromEntries(Object.entries({ ...data, [field.name]: value }).filter(([, one]) => one !== '')))} />
  ));
}

interface InputProps {
  readonly type: string;
  readonly field: ActionField;
  readonly isFirst: boolean;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Input({ type, field, isFirst, value, onChange }: InputProps) {
  const names = useNames();
  const described = useQuery(typeQuery(type)).data?.fields.find(one => one.name === (field.field ?? field.name));
  const common = {
    label: names.field(field.name, described?.label ?? inWords(field.name)),
    required: field.required === true,
    value,
    'data-autofocus': isFirst || undefined,
  };
  switch (described?.type) {
    case 'date': return <TextInput {...common} type="date" onChange={event => onChange(event.currentTarget.value)} />;
    case 'choice': return <Select {...common} data={[...described.choices ?? []]} onChange={chosen => onChange(chosen ?? '')} />;
    case 'integer': return <NumberInput {...common} allowDecimal={false} onChange={number => onChange(String(number))} />;
    default: return <TextInput {...common} maxLength={described?.maxLength ?? undefined} onChange={event => onChange(event.currentTarget.value)} />;
  }
}
