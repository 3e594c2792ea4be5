import { ActionIcon, Menu, Text, UnstyledButton } from '@mantine/core';
import { IconArrowsMove } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useMay } from '../../api/me';
import { offerQuery, type Lifecycle, type OfferedAction } from '../../components/actions/actions';
import { useExplain } from '../../components/ErrorNotice';
import type { BoardItem } from './board';
import styles from './board.module.css';
import { useNames, usePortingTexts } from './usePortingTexts';

interface Props {
  readonly type: string;
  readonly item: BoardItem;
  readonly chip: ReactNode;
  readonly lifecycle: Lifecycle;
  readonly isMoving: boolean;
  readonly onOpen: (id: string) => void;
  readonly onHold: (item: BoardItem | null) => void;
  readonly onMove: (item: BoardItem, action: OfferedAction, to: string | undefined) => void;
}

/** One record on the board. */
export function BoardCard({ type, item, chip, lifecycle, isMoving, onOpen, onHold, onMove }: Props) {
  return (
    <article className={styles.card} draggable data-moving={isMoving || undefined} onDragEnd={() => onHold(null)}
      onDragStart={event => {
        event.dataTransfer.setData('text/plain', item.name);
        event.dataTransfer.effectAllowed = 'move';
        onHold(item);
      }}>
      <UnstyledButton className={styles.name} onClick={() => onOpen(item.id)}>{item.name}</UnstyledButton>
      <MoveMenu type={type} item={item} lifecycle={lifecycle} onMove={onMove} />
      <Text size="xs" c="dimmed" truncate>{item.facts}</Text>
      {chip}
    </article>
  );
}

/** The way without dragging (WCAG 2.5.7): what the record offers now, and where that leads. */
function MoveMenu({ type, item, lifecycle, onMove }: Pick<Props, 'type' | 'item' | 'lifecycle' | 'onMove'>) {
  const t = usePortingTexts();
  const names = useNames();
  const may = useMay();
  const explain = useExplain();
  const [isOpen, setOpen] = useState(false);
  const offer = useQuery({ ...offerQuery(type, item.id), enabled: isOpen, staleTime: 0 });
  const actions = (offer.data?.actions ?? []).filter(action => may(action.permission));
  return (
    // It opens with what is in it, so that the keyboard comes to its first item.
    <Menu opened={isOpen && !offer.isPending} onChange={setOpen} position="bottom-end" shadow="md">
      <Menu.Target>
        <ActionIcon className={styles.move} variant="subtle" color="gray" size={28} aria-busy={isOpen && offer.isPending} aria-label={t('move', { name: item.name })}><IconArrowsMove size={16} aria-hidden /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {actions.map(action => {
          const to = lifecycle.actions.find(step => step.name === action.name && step.from === item.status)?.to;
          return (
            <Menu.Item key={action.name} onClick={() => onMove(item, action, to)}>
              {names.action(action.name, action.label)}{to !== undefined && <Text span size="sm"> → {names.status(to)}</Text>}
            </Menu.Item>
          );
        })}
        {offer.isError && <Menu.Item aria-disabled>{explain(offer.error)}</Menu.Item>}
        {offer.isSuccess && actions.length === 0 && <Menu.Item aria-disabled>{t('nothingOffered')}</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
}
