import { useMemo, useState, type ReactNode } from 'react';
import type { Lifecycle } from '../../components/actions/actions';
import { useLanguage } from '../../text/text';
import { lanesOf, stepTo, swimlanesOf, type BoardItem, type Swimlane } from './board';
import { BoardLane } from './BoardLane';
import styles from './board.module.css';
import { useMove } from './useMove';
import { usePortingTexts } from './usePortingTexts';

interface Props {
  /** The record type of the cards. */
  readonly type: string;
  readonly items: readonly BoardItem[];
  readonly lifecycle: Lifecycle;
  readonly states: readonly string[];
  /** Whether the items are in swim lanes by their group; else all are together. */
  readonly isGrouped: boolean;
  /** What a card says last. */
  readonly chipOf: (id: string) => ReactNode;
  readonly onOpen: (id: string) => void;
  /** Given a record as it is after its step; the card goes by what is on record once this has ended. */
  readonly onMoved: (record: unknown) => Promise<void>;
}

/** A lane a state, a card a record: dragged, or moved by the menu of the card. */
export function LifecycleBoard({ type, items, lifecycle, states, isGrouped, chipOf, onOpen, onMoved }: Props) {
  const t = usePortingTexts();
  const language = useLanguage();
  const { moving, drop, begin, dialog } = useMove(type, lifecycle, onMoved);
  const [held, setHeld] = useState<BoardItem | null>(null);
  const rest = t('otherGroups');
  const swimlanes = useMemo((): readonly Swimlane[] => isGrouped ? swimlanesOf(items, rest) : [{ group: '', items }], [items, isGrouped, rest]);
  // Taking a card up and putting it down draws the board anew, and there may be twenty thousand.
  const lanes = useMemo(() => swimlanes.map(lane => lanesOf(states, lane.items, moving)), [swimlanes, states, moving]);
  return (
    <div className={styles.board} role="group" aria-label={t('board')} data-grouped={isGrouped || undefined}>
      {swimlanes.map(({ group, items: own }, i) => {
        const name = group || t('noGroup');
        return (
          <section key={group} className={styles.swimlane} {...(isGrouped && { 'aria-label': name })}>
            {isGrouped && <h2 className={styles.group}>{name}<span className={styles.figure}>{own.length.toLocaleString(language)}</span></h2>}
            <div className={styles.lanes}>
              {states.map(state => (
                <BoardLane key={state} state={state} type={type} cards={lanes[i]?.get(state) ?? []} lifecycle={lifecycle} moving={moving} level={isGrouped ? 3 : 2}
                  accepts={held === null ? null : stepTo(lifecycle, held.status, state) !== undefined}
                  chipOf={chipOf} onOpen={onOpen} onHold={setHeld} onMove={begin}
                  onDrop={() => {
                    if (held) void drop(held, state);
                    setHeld(null);
                  }} />
              ))}
            </div>
          </section>
        );
      })}
      {dialog}
    </div>
  );
}
