import { Button, Group, NativeSelect, Table, Text } from '@mantine/core';
import { useState } from 'react';
import type { TypeDescription } from '../../api/types';
import { isWritable } from '../../components/fields/fields';
import { AdjustDialog } from './AdjustDialog';
import { isAdjusted, type Mapping, type Place, type Preview } from './imports';
import { useImportsTexts } from './useImportsTexts';

interface Props {
  readonly type: TypeDescription;
  readonly preview: Preview;
  readonly mapping: Mapping;
  /** Fields that several columns go to. */
  readonly doubled: ReadonlySet<string>;
  readonly onChange: (mapping: Mapping) => void;
}

/** A row for each column of the file: its name, what is in it, and where it goes. */
export function MappingTable({ type, preview, mapping, doubled, onChange }: Props) {
  const t = useImportsTexts();
  const [adjusting, setAdjusting] = useState<number | null>(null);
  const put = (at: number, place: Place) => onChange(mapping.map((one, i) => i === at ? place : one));
  const adjusted = adjusting === null ? undefined : mapping[adjusting];
  const fields = type.fields.filter(isWritable);
  const data = [
    { value: '', label: t('leaveOut') }, { value: 'id', label: 'Id' },
    ...fields.map(field => ({ value: field.name, label: field.required ? `${field.label} *` : field.label })),
  ];
  return (
    <>
      <Table.ScrollContainer minWidth={480}>
        <Table verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr><Table.Th>{t('column')}</Table.Th><Table.Th>{t('samples')}</Table.Th><Table.Th>{t('field')}</Table.Th></Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {preview.columns.map((column, i) => {
              const place = mapping[i] ?? { field: null };
              const chosen = place.field;
              return (
                <Table.Tr key={`${i} ${column.header}`}>
                  <Table.Th scope="row">{column.header}</Table.Th>
                  <Table.Td maw={320}><Text size="sm" c="dimmed" truncate>{preview.rows.map(row => row[i] ?? '').filter(Boolean).slice(0, 3).join(' · ')}</Text></Table.Td>
                  <Table.Td>
                    <Group gap="xs" wrap="nowrap" align="start">
                      <NativeSelect aria-label={t('fieldOf', { column: column.header })} data={data} value={chosen ?? ''} error={chosen !== null && doubled.has(chosen) ? t('taken') : undefined}
                        onChange={event => put(i, { ...place, field: event.currentTarget.value || null })} />
                      {chosen !== null && (
                        <Button size="sm" variant={isAdjusted(place) ? 'light' : 'subtle'} aria-label={t(isAdjusted(place) ? 'adjustedColumn' : 'adjustColumn', { column: column.header })} onClick={() => setAdjusting(i)}>
                          {t(isAdjusted(place) ? 'adjusted' : 'adjust')}
                        </Button>
                      )}
                    </Group>
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {adjusting !== null && adjusted && (
        <AdjustDialog column={preview.columns[adjusting]?.header ?? ''} place={adjusted} onClose={() => setAdjusting(null)} onSave={place => {
          put(adjusting, place);
          setAdjusting(null);
        }} />
      )}
    </>
  );
}
