import { useMemo, useState } from 'react';
import type { Lifecycle } from '../../components/actions/actions';
import { lanesOf, stepTo } from './board';
import { BoardLane } from './BoardLane';
import styles from './board.module.css';
import type { PhoneNumber } from './porting';
import { useMove } from './useMove';
import { usePortingTexts } from './usePortingTexts';

interface Props {
  readonly numbers: readonly PhoneNumber[];
  readonly lifecycle: Lifecycle;
  readonly states: readonly string[];
  readonly onOpen: (number: PhoneNumber) => void;
}

/** A lane a state, a card a number: dragged, or moved by the menu of the card. */
export function NumberBoard({ numbers, lifecycle, states, onOpen }: Props) {
  const t = usePortingTexts();
  const { moving, drop, begin, dialog } = useMove(lifecycle);
  const lanes = useMemo(() => lanesOf(states, numbers, moving), [states, numbers, moving]);
  const [held, setHeld] = useState<PhoneNumber | null>(null);
  return (
    <div className={styles.board} role="group" aria-label={t('board')}>
      {states.map(state => (
        <BoardLane key={state} state={state} cards={lanes.get(state) ?? []} lifecycle={lifecycle} moving={moving}
          accepts={held === null ? null : stepTo(lifecycle, held.status, state) !== undefined}
          onOpen={onOpen} onHold={setHeld} onMove={begin}
          onDrop={() => {
            if (held) void drop(held, state);
            setHeld(null);
          }} />
      ))}
      {dialog}
    </div>
  );
}
