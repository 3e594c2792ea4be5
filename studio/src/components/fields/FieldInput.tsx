import { MultiSelect, NumberInput, Select, TagsInput, Textarea, TextInput } from '@mantine/core';
import type { FieldDescription } from '../../api/types';
import { useComponentTexts } from '../useComponentTexts';
import { inWords } from './fields';
import { fromLocal, toLocal } from './instants';
import { JsonInput } from './JsonInput';
import { ReferenceInput } from './ReferenceInput';

interface Props {
  readonly field: FieldDescription;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  readonly error?: string | undefined;
  readonly autoFocus?: boolean;
  /** Within a list: one line, its name only for those who hear it. */
  readonly brief?: boolean;
  /** Says another name than the field's. */
  readonly label?: string;
}

const LongText = 400;

/** The control that a field's type asks for. An emptied one is null: a merge patch takes the value away. */
export function FieldInput({ field, value, onChange, error, autoFocus = false, brief = false, label = field.label }: Props) {
  const t = useComponentTexts();
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  const list = Array.isArray(value) ? value.filter(one => typeof one === 'string') : [];
  const name = brief ? { 'aria-label': label, size: 'xs' as const } : { label, required: field.required };
  const common = { ...name, error, autoFocus, 'data-autofocus': autoFocus || undefined }; // the latter for a dialog, which else focuses its button to close
  const put = (next: string) => onChange(next === '' ? null : next);
  if (field.reference !== undefined) {
    const isMany = field.multiple === true;
    return (
      <ReferenceInput {...common} type={field.reference} multiple={isMany} value={isMany ? list : text === '' ? [] : [text]}
        onChange={ids => onChange(isMany ? ids : ids[0] ?? null)} />
    );
  }
  const choices = field.choices?.map(choice => ({ value: choice, label: inWords(choice) }));
  if (Array.isArray(value) && field.type !== 'json')
    return choices ? <MultiSelect {...common} data={choices} value={list} onChange={onChange} searchable /> : <TagsInput {...common} value={list} onChange={onChange} />;
  if (choices) return <Select {...common} data={choices} value={text === '' ? null : text} onChange={onChange} searchable={choices.length > 8} clearable={!field.required} clearButtonProps={{ 'aria-label': t('clear') }} />;
  switch (field.type) {
    case 'boolean':
      return (
        <Select {...common} data={[{ value: 'true', label: t('yes') }, { value: 'false', label: t('no') }]} value={typeof value === 'boolean' ? String(value) : null}
          onChange={chosen => onChange(chosen === null ? null : chosen === 'true')} clearable={!field.required} clearButtonProps={{ 'aria-label': t('clear') }} />
      );
    case 'integer':
      return <NumberInput {...common} value={text} allowDecimal={false} onChange={next => onChange(typeof next === 'number' ? next : next === '' ? null : Number(next))} />;
    case 'number': case 'decimal':
      return <NumberInput {...common} value={text} onChange={next => onChange(typeof next === 'number' ? next : next === '' ? null : Number(next))} />;
    case 'date':
      return <TextInput {...common} type="date" value={text} onChange={event => put(event.currentTarget.value)} />;
    case 'instant':
      return <TextInput {...common} type="datetime-local" value={toLocal(text)} onChange={event => put(fromLocal(event.currentTarget.value))} />;
    case 'json':
      return <JsonInput {...common} value={value} onChange={onChange} />;
    default:
      return !brief && (field.maxLength ?? 0) > LongText
        ? <Textarea {...common} autosize minRows={2} maxRows={12} value={text} maxLength={field.maxLength ?? undefined} onChange={event => put(event.currentTarget.value)} />
        : <TextInput {...common} value={text} maxLength={field.maxLength ?? undefined} onChange={event => put(event.currentTarget.value)} />;
  }
}
