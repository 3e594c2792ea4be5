import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef, type ReactNode } from 'react';
import type { Lifecycle, OfferedAction } from '../../components/actions/actions';
import { useLanguage } from '../../text/text';
import type { BoardItem } from './board';
import { BoardCard } from './BoardCard';
import styles from './board.module.css';
import { StatusChip } from './StatusChip';
import { useNames, usePortingTexts } from './usePortingTexts';

interface Props {
  readonly state: string;
  readonly type: string;
  readonly cards: readonly BoardItem[];
  readonly lifecycle: Lifecycle;
  readonly moving: ReadonlyMap<string, string>;
  /** Of its heading. */
  readonly level: 2 | 3;
  /** Whether what is being dragged may come here; null while nothing is. */
  readonly accepts: boolean | null;
  readonly chipOf: (id: string) => ReactNode;
  readonly onOpen: (id: string) => void;
  readonly onHold: (item: BoardItem | null) => void;
  readonly onDrop: () => void;
  readonly onMove: (item: BoardItem, action: OfferedAction, to: string | undefined) => void;
}

const CardHeight = 92;

/** The records in one state; only the cards that are seen are drawn. */
export function BoardLane({ state, type, cards, lifecycle, moving, level, accepts, chipOf, onOpen, onHold, onDrop, onMove }: Props) {
  const t = usePortingTexts();
  const names = useNames();
  const language = useLanguage();
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: cards.length, getScrollElement: () => scroller.current, estimateSize: () => CardHeight, overscan: 4, getItemKey: index => cards[index]?.id ?? index,
  });
  const Heading = `h${level}` as const;
  const label = t('laneOf', { status: names.status(state), count: cards.length });
  return (
    <div className={styles.lane} data-lane={state} data-accepts={accepts === true || undefined} data-refuses={accepts === false || undefined}
      onDragOver={event => {
        event.preventDefault(); // also where it may not be: the answer then says why
        event.dataTransfer.dropEffect = 'move';
      }}
      onDrop={event => {
        event.preventDefault();
        onDrop();
      }}>
      <Heading className={styles.head}><StatusChip status={state} /><span className={styles.figure}>{cards.length.toLocaleString(language)}</span></Heading>
      <div className={styles.cards} ref={scroller} tabIndex={0} role="region" aria-label={label}>
        <ul className={styles.list} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(item => {
            const card = cards[item.index];
            return card && (
              <li key={card.id} className={styles.place} style={{ height: item.size, transform: `translateY(${item.start}px)` }} aria-setsize={cards.length} aria-posinset={item.index + 1}>
                <BoardCard type={type} item={card} chip={chipOf(card.id)} lifecycle={lifecycle} isMoving={moving.has(card.id)} onOpen={onOpen} onHold={onHold} onMove={onMove} />
              </li>
            );
          })}
        </ul>
      </div>
    </div>
  );
}
