import { Button, Group, NativeSelect, Select, Stack, TagsInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import type { FieldDescription, TypeDescription } from '../../api/types';
import { FieldInput } from '../fields/FieldInput';
import { inWords } from '../fields/fields';
import { ReferenceInput } from '../fields/ReferenceInput';
import { useLanguage } from '../../text/text';
import { daysAway } from '../time';
import { useComponentTexts } from '../useComponentTexts';
import { daysOf, isEnd, movingEnds, operatorKey, textOf, valuesOf, type Filter } from './filters';

interface Props {
  readonly type: TypeDescription;
  /** Null for a new one. */
  readonly filter: Filter | null;
  readonly onDone: (filter: Filter) => void;
  readonly onCancel: () => void;
}

/** Field, operator and value, as the field's type has them. */
export function FilterEditor({ type, filter, onDone, onCancel }: Props) {
  const t = useComponentTexts();
  const [name, setName] = useState(filter?.field ?? '');
  const [op, setOp] = useState(filter?.op ?? 'eq');
  const [value, setValue] = useState(filter?.value ?? '');
  const field = type.fields.find(one => one.name === name);
  const isNamed = type.filters.includes(name);
  const choose = (next: string | null) => {
    setName(next ?? '');
    const operators = type.fields.find(one => one.name === next)?.operators ?? ['eq'];
    setOp(operators.includes('contains') ? 'contains' : operators[0] ?? 'eq');
    setValue('');
  };
  const chosenOp = (next: string) => {
    const isMany = (one: string) => one === 'in' || one === 'nin';
    if (isMany(next) !== isMany(op) || next === 'null' || op === 'null') setValue(next === 'null' ? 'true' : isMany(next) && op !== 'null' && value !== '' ? textOf([value]) : '');
    setOp(next);
  };
  const done = (event: SubmitEvent) => {
    event.preventDefault();
    event.stopPropagation();
    if (name !== '' && value !== '') onDone({ field: name, op, value });
  };
  return (
    <form onSubmit={done}>
      <Stack gap="xs" w={260}>
        <Select label={t('filterField')} searchable data-autofocus value={name === '' ? null : name} onChange={choose}
          data={[...type.fields.filter(one => one.operators.length > 0).map(one => ({ value: one.name, label: one.label })), ...type.filters.map(one => ({ value: one, label: inWords(one) }))]} />
        {field && (
          <NativeSelect label={t('filterOperator')} value={op} onChange={event => chosenOp(event.currentTarget.value)}
            data={field.operators.map(one => ({ value: one, label: t(operatorKey(one, field) as 'op.eq') }))} />
        )}
        {(isNamed || op === 'null') && name !== '' && (
          <NativeSelect label={t('filterValue')} value={value} onChange={event => setValue(event.currentTarget.value)}
            data={[{ value: '', label: '' }, { value: 'true', label: t('yes') }, { value: 'false', label: t('no') }]} />
        )}
        {field && op !== 'null' && <Value key={`${name} ${op}`} field={field} op={op} value={value} onChange={setValue} />}
        <Group justify="flex-end" gap="xs">
          <Button size="compact-sm" variant="default" onClick={onCancel}>{t('cancel')}</Button>
          <Button size="compact-sm" type="submit" disabled={name === '' || value === ''}>{t('filterApply')}</Button>
        </Group>
      </Stack>
    </form>
  );
}

interface ValueProps {
  readonly field: FieldDescription;
  readonly op: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Value({ field, op, value, onChange }: ValueProps) {
  const t = useComponentTexts();
  const language = useLanguage();
  const label = t('filterValue');
  if (op !== 'in' && op !== 'nin') {
    const isMoving = daysOf(value) !== null;
    return (
      <>
        {isEnd(op, field) && (
          <NativeSelect label={t('filterWhen')} value={isMoving ? value : ''} onChange={event => onChange(event.currentTarget.value)}
            data={[{ value: '', label: t('filterFixed') }, ...movingEnds.map(one => ({ value: one, label: daysOf(one) === 0 ? t('now') : daysAway(daysOf(one) ?? 0, language) }))]} />
        )}
        {!isMoving && (
          <FieldInput field={{ ...field, required: false, multiple: false }} label={label} value={field.type === 'boolean' ? (value === '' ? null : value === 'true') : value === '' ? null : value}
            onChange={next => onChange(typeof next === 'string' || typeof next === 'number' || typeof next === 'boolean' ? String(next) : '')} />
        )}
      </>
    );
  }
  const values = valuesOf(value);
  const put = (next: string[]) => onChange(textOf(next));
  if (field.reference !== undefined) return <ReferenceInput label={label} type={field.reference} multiple value={values} onChange={put} />;
  return field.choices
    ? <FieldInput field={{ ...field, required: false }} label={label} value={values} onChange={next => put(next as string[])} />
    : <TagsInput label={label} value={values} onChange={put} acceptValueOnBlur />;
}
