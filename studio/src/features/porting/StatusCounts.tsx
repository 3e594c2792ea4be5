import { UnstyledButton } from '@mantine/core';
import { useLanguage } from '../../text/text';
import styles from './porting.module.css';
import { StatusChip } from './StatusChip';
import { usePortingTexts } from './usePortingTexts';

interface Props {
  /** Every state, in the order in which they are gone through. */
  readonly states: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
  readonly chosen: readonly string[];
  readonly onChoose: (chosen: readonly string[]) => void;
}

/** How many are in each state; each count is also the filter for what it counts. */
export function StatusCounts({ states, counts, chosen, onChoose }: Props) {
  const t = usePortingTexts();
  const language = useLanguage();
  const toggle = (state: string) => onChoose(chosen.includes(state) ? chosen.filter(one => one !== state) : [...chosen, state]);
  return (
    <div className={styles.counts} role="group" aria-label={t('byStatus')}>
      {states.map(state => (
        <UnstyledButton key={state} className={styles.count} aria-pressed={chosen.includes(state)} data-on={chosen.includes(state) || undefined} onClick={() => toggle(state)}>
          <StatusChip status={state} />
          <span className={styles.figure}>{(counts.get(state) ?? 0).toLocaleString(language)}</span>
        </UnstyledButton>
      ))}
    </div>
  );
}
