import { ActionIcon, Menu, Text, UnstyledButton } from '@mantine/core';
import { IconArrowsMove } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { memo, useState } from 'react';
import { useMay } from '../../api/me';
import { offerQuery, type Lifecycle, type OfferedAction } from '../../components/actions/actions';
import { Chip } from '../../components/Chip';
import { useExplain } from '../../components/ErrorNotice';
import { useNow } from '../../components/time';
import { ageOf } from './board';
import styles from './board.module.css';
import type { PhoneNumber } from './porting';
import { useNames, usePortingTexts } from './usePortingTexts';

interface Props {
  readonly number: PhoneNumber;
  readonly lifecycle: Lifecycle;
  readonly isMoving: boolean;
  readonly onOpen: (number: PhoneNumber) => void;
  readonly onHold: (number: PhoneNumber | null) => void;
  readonly onMove: (number: PhoneNumber, action: OfferedAction, to: string | undefined) => void;
}

/** One number on the board. */
export const BoardCard = memo(function BoardCard({ number, lifecycle, isMoving, onOpen, onHold, onMove }: Props) {
  const t = usePortingTexts();
  const age = ageOf(number, useNow());
  return (
    <article className={styles.card} draggable data-moving={isMoving || undefined} onDragEnd={() => onHold(null)}
      onDragStart={event => {
        event.dataTransfer.setData('text/plain', number.number);
        event.dataTransfer.effectAllowed = 'move';
        onHold(number);
      }}>
      <UnstyledButton className={styles.name} onClick={() => onOpen(number)}>{number.number}</UnstyledButton>
      <MoveMenu number={number} lifecycle={lifecycle} onMove={onMove} />
      <Text size="xs" c="dimmed" truncate>{[number.currentCarrier, number.portDate ?? number.focDate].filter(Boolean).join(' · ')}</Text>
      <Chip tone={age.tone}>{t('here', { count: age.days })}</Chip>
    </article>
  );
});

/** The way without dragging (WCAG 2.5.7): what the number offers now, and where that leads. */
function MoveMenu({ number, lifecycle, onMove }: Pick<Props, 'number' | 'lifecycle' | 'onMove'>) {
  const t = usePortingTexts();
  const names = useNames();
  const may = useMay();
  const explain = useExplain();
  const [isOpen, setOpen] = useState(false);
  const offer = useQuery({ ...offerQuery('phone-numbers', number.id), enabled: isOpen, staleTime: 0 });
  const actions = (offer.data?.actions ?? []).filter(action => may(action.permission));
  return (
    <Menu opened={isOpen} onChange={setOpen} position="bottom-end" shadow="md">
      <Menu.Target>
        <ActionIcon className={styles.move} variant="subtle" color="gray" size={28} aria-label={t('move', { number: number.number })}><IconArrowsMove size={16} aria-hidden /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {actions.map(action => {
          const to = lifecycle.actions.find(step => step.name === action.name && step.from === number.status)?.to;
          return (
            <Menu.Item key={action.name} onClick={() => onMove(number, action, to)}>
              {names.action(action.name, action.label)}{to !== undefined && <Text span c="dimmed" size="sm"> → {names.status(to)}</Text>}
            </Menu.Item>
          );
        })}
        {offer.isPending && <Menu.Item disabled>…</Menu.Item>}
        {offer.isError && <Menu.Item disabled>{explain(offer.error)}</Menu.Item>}
        {offer.isSuccess && actions.length === 0 && <Menu.Item disabled>{t('nothingOffered')}</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
}
