import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import type { Lifecycle, OfferedAction } from '../../components/actions/actions';
import { useLanguage } from '../../text/text';
import { BoardCard } from './BoardCard';
import styles from './board.module.css';
import type { PhoneNumber } from './porting';
import { StatusChip } from './StatusChip';
import { useNames, usePortingTexts } from './usePortingTexts';

interface Props {
  readonly state: string;
  readonly cards: readonly PhoneNumber[];
  readonly lifecycle: Lifecycle;
  readonly moving: ReadonlyMap<string, string>;
  /** Whether what is being dragged may come here; null while nothing is. */
  readonly accepts: boolean | null;
  readonly onOpen: (number: PhoneNumber) => void;
  readonly onHold: (number: PhoneNumber | null) => void;
  readonly onDrop: () => void;
  readonly onMove: (number: PhoneNumber, action: OfferedAction, to: string | undefined) => void;
}

const CardHeight = 92;

/** The numbers in one state; only the cards that are seen are drawn. */
export function BoardLane({ state, cards, lifecycle, moving, accepts, onOpen, onHold, onDrop, onMove }: Props) {
  const t = usePortingTexts();
  const names = useNames();
  const language = useLanguage();
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: cards.length, getScrollElement: () => scroller.current, estimateSize: () => CardHeight, overscan: 4, getItemKey: index => cards[index]?.id ?? index,
  });
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
      <h2 className={styles.head}><StatusChip status={state} /><span className={styles.figure}>{cards.length.toLocaleString(language)}</span></h2>
      <div className={styles.cards} ref={scroller} tabIndex={0} role="region" aria-label={label}>
        <ul className={styles.list} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(item => {
            const card = cards[item.index];
            return card && (
              <li key={card.id} className={styles.place} style={{ height: item.size, transform: `translateY(${item.start}px)` }} aria-setsize={cards.length} aria-posinset={item.index + 1}>
                <BoardCard number={card} lifecycle={lifecycle} isMoving={moving.has(card.id)} onOpen={onOpen} onHold={onHold} onMove={onMove} />
              </li>
            );
          })}
        </ul>
      </div>
    </div>
  );
}
