import { MultiSelect, Select, type ComboboxItem } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { recordNameQuery } from '../../api/names';
import { nameOf } from '../../api/recordName';
import { recordPageQuery } from '../../api/records';
import { typeQuery } from '../../api/types';
import { useComponentTexts } from '../useComponentTexts';

interface Props {
  readonly type: string;
  readonly value: readonly string[];
  readonly onChange: (value: string[]) => void;
  readonly multiple?: boolean;
  readonly label?: string;
  readonly 'aria-label'?: string;
  readonly required?: boolean;
  readonly error?: string | undefined;
  readonly autoFocus?: boolean;
}

const Shown = '20';

/** One record, or several, of a type: found by what is searched in it. */
export function ReferenceInput({ type, value, onChange, multiple = false, ...rest }: Props) {
  const t = useComponentTexts();
  const [text, setText] = useState('');
  const [asked] = useDebouncedValue(text.trim(), 200);
  const described = useQuery(typeQuery(type));
  const known = useQueries({ queries: value.map(id => recordNameQuery(type, id)) });
  const chosen: ComboboxItem[] = value.map((id, i) => ({ value: id, label: known[i]?.data ?? id.slice(0, 8) }));
  // The name of what is chosen stands in the field; nobody has searched for it.
  const isSearch = asked !== '' && !chosen.some(one => one.label === asked) && described.data?.searchable === true;
  const found = useQuery({
    ...recordPageQuery(type, { limit: Shown, ...(isSearch && { q: asked }) }),
    enabled: described.data !== undefined,
    placeholderData: keepPreviousData,
  });
  const items = described.data && found.data ? found.data.items.map(record => ({ value: record.id, label: nameOf(described.data, record) })) : [];
  const data = [...chosen, ...items.filter(item => !value.includes(item.value))];
  const common = {
    ...rest, data, searchable: true, searchValue: text, onSearchChange: setText, filter: ({ options }: { options: readonly unknown[] }) => options as ComboboxItem[],
    nothingFoundMessage: t('nothingFound'), clearButtonProps: { 'aria-label': t('clear') },
  };
  return multiple
    ? <MultiSelect {...common} value={[...value]} onChange={onChange} clearable />
    : <Select {...common} value={value[0] ?? null} onChange={id => onChange(id === null ? [] : [id])} clearable={rest.required !== true} />;
}
