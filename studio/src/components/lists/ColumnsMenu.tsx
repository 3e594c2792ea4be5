import { ActionIcon, Button, Checkbox, Group, ScrollArea, Stack } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconColumns3 } from '@tabler/icons-react';
import { useDisclosure } from '@mantine/hooks';
import type { FieldDescription } from '../../api/types';
import { PopoverDialog } from '../PopoverDialog';
import { useComponentTexts } from '../useComponentTexts';

interface Props {
  readonly fields: readonly FieldDescription[];
  /** Names of fields, in the order of the columns. */
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}

/** Which columns a list has, and in what order. */
export function ColumnsMenu({ fields, chosen, onChange }: Props) {
  const t = useComponentTexts();
  const [isOpen, { toggle: toggleMenu, close }] = useDisclosure();
  const byName = new Map(fields.map(field => [field.name, field]));
  const ordered = [...chosen.flatMap(name => byName.get(name) ?? []), ...fields.filter(field => !chosen.includes(field.name))];
  const toggle = (name: string, isOn: boolean) => onChange(isOn ? [...chosen, name] : chosen.filter(one => one !== name));
  const move = (name: string, by: number) => {
    const next = chosen.filter(one => one !== name);
    next.splice(chosen.indexOf(name) + by, 0, name);
    onChange(next);
  };
  return (
    <PopoverDialog label={t('columns')} position="bottom-end" opened={isOpen} onClose={close} target={
      <Button variant="default" leftSection={<IconColumns3 size={16} aria-hidden />} aria-haspopup="dialog" aria-expanded={isOpen} onClick={toggleMenu}>{t('columns')}</Button>
    }>
      <ScrollArea.Autosize mah="60vh">
        <Stack gap={4} miw={250}>
          {ordered.map(field => {
            const at = chosen.indexOf(field.name);
            return (
              <Group key={field.name} justify="space-between" wrap="nowrap" mih={28}>
                <Checkbox size="xs" label={field.label} checked={at >= 0} disabled={at >= 0 && chosen.length === 1} onChange={event => toggle(field.name, event.currentTarget.checked)} />
                {at >= 0 && (
                  <Group gap={2} wrap="nowrap">
                    <ActionIcon size={24} variant="subtle" color="gray" aria-label={t('moveUp', { what: field.label })} disabled={at === 0} onClick={() => move(field.name, -1)}><IconArrowUp size={14} aria-hidden /></ActionIcon>
                    <ActionIcon size={24} variant="subtle" color="gray" aria-label={t('moveDown', { what: field.label })} disabled={at === chosen.length - 1} onClick={() => move(field.name, 1)}><IconArrowDown size={14} aria-hidden /></ActionIcon>
                  </Group>
                )}
              </Group>
            );
          })}
        </Stack>
      </ScrollArea.Autosize>
    </PopoverDialog>
  );
}
