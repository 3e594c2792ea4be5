import { ActionIcon, Group, Text, Tooltip } from '@mantine/core';
import { IconArrowBackUp, IconArrowDown, IconArrowForwardUp, IconArrowUp, IconCopy, IconRowInsertBottom, IconTrash, type Icon } from '@tabler/icons-react';
import { useKeys } from '../../../components/keyboard';
import { useArtefactsTexts } from '../useArtefactsTexts';
import type { TableModel } from './TableModel';

/** What can be done to the row that one works in, by buttons and by keys; dragging and the menu of dmn-js do it as well. */
export function TableToolbar({ model }: { readonly model: TableModel }) {
  const t = useArtefactsTexts();
  const isIn = model.row >= 0;
  const actions: readonly { readonly name: string; readonly keys: string; readonly icon: Icon; readonly run: () => void; readonly off?: boolean }[] = [
    { name: t('row.add'), keys: 'alt+Insert', icon: IconRowInsertBottom, run: () => model.addRow() },
    { name: t('row.copy'), keys: 'alt+d', icon: IconCopy, run: () => model.copyRow(), off: !isIn },
    { name: t('row.up'), keys: 'alt+ArrowUp', icon: IconArrowUp, run: () => model.moveRow(-1), off: model.row < 1 },
    { name: t('row.down'), keys: 'alt+ArrowDown', icon: IconArrowDown, run: () => model.moveRow(1), off: !isIn || model.row >= model.rows.length - 1 },
    { name: t('row.remove'), keys: 'alt+Delete', icon: IconTrash, run: () => model.removeRow(), off: !isIn },
    { name: t('undoEdit'), keys: 'mod+z', icon: IconArrowBackUp, run: () => model.undo() },
    { name: t('redoEdit'), keys: 'mod+y', icon: IconArrowForwardUp, run: () => model.redo() },
  ];
  useKeys(actions.map(one => ({ keys: one.keys, label: one.name, whileTyping: true, run: () => { if (!one.off) one.run(); } })));
  return (
    <Group gap={4} role="toolbar" aria-label={t('rowTools')}>
      {actions.map(({ name, keys, icon: Shape, run, off = false }) => (
        <Tooltip key={name} label={`${name} (${keys.replace('mod', 'Ctrl').replace('alt', 'Alt').replace('Arrow', '')})`}>
          <ActionIcon variant="default" size="lg" aria-label={name} disabled={off} onClick={run}><Shape size={18} aria-hidden /></ActionIcon>
        </Tooltip>
      ))}
      <Text size="sm" c="dimmed" ml="xs">{isIn ? t('inRow', { row: model.row + 1, count: model.rows.length }) : t('rowsOf', { count: model.rows.length })}</Text>
    </Group>
  );
}
