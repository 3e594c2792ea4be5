import { Button, Group, Radio, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { Dialog } from '../Dialog';
import { useComponentTexts } from '../useComponentTexts';
import type { Conflict, Fields } from './threeWay';

interface Props {
  readonly conflicts: readonly Conflict[];
  readonly labelOf?: (field: string) => string;
  /** The values that were chosen, a field each. */
  readonly onResolve: (chosen: Fields) => void;
  /** Nothing is saved; what was typed stays. */
  readonly onCancel: () => void;
}

/** Two people changed the same fields: it shows what was, mine and theirs, and loses neither without being told to. */
export function MergeDialog({ conflicts, labelOf = field => field, onResolve, onCancel }: Props) {
  const t = useComponentTexts();
  const [theirs, setTheirs] = useState<ReadonlySet<string>>(new Set());
  const choose = (field: string, isTheirs: boolean) => {
    const next = new Set(theirs);
    if (isTheirs) next.add(field);
    else next.delete(field);
    setTheirs(next);
  };
  const resolve = () => onResolve(Object.fromEntries(conflicts.map(one => [one.field, theirs.has(one.field) ? one.theirs : one.mine])));
  return (
    <Dialog onClose={onCancel} size="xl" title={t('mergeTitle')}>
      <Stack>
        <Text size="sm">{t('mergeExplain')}</Text>
        <Table.ScrollContainer minWidth={480}>
          <Table verticalSpacing="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('mergeField')}</Table.Th><Table.Th>{t('mergeBase')}</Table.Th><Table.Th>{t('mergeMine')}</Table.Th><Table.Th>{t('mergeTheirs')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {conflicts.map(one => (
                <Table.Tr key={one.field}>
                  <Table.Th scope="row">{labelOf(one.field)}</Table.Th>
                  <Table.Td><Shown value={one.base} /></Table.Td>
                  <Table.Td>
                    <Radio name={one.field} checked={!theirs.has(one.field)} onChange={() => choose(one.field, false)} label={<Shown value={one.mine} />} />
                  </Table.Td>
                  <Table.Td>
                    <Radio name={one.field} checked={theirs.has(one.field)} onChange={() => choose(one.field, true)} label={<Shown value={one.theirs} />} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>{t('mergeKeepEditing')}</Button>
          <Button onClick={resolve}>{t('mergeSave')}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

function Shown({ value }: { readonly value: unknown }) {
  const t = useComponentTexts();
  if (value === null || value === undefined || value === '') return <Text span size="sm" c="dimmed">{t('nothing')}</Text>;
  if (typeof value === 'boolean') return <Text span size="sm">{value ? t('yes') : t('no')}</Text>;
  return <Text span size="sm">{typeof value === 'string' ? value : JSON.stringify(value)}</Text>;
}
