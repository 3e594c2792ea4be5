import type { ReactNode } from 'react';
import styles from './Chip.module.css';

interface Props {
  readonly tone: 'plain' | 'good' | 'warn' | 'bad' | 'accent';
  readonly icon?: ReactNode;
  readonly title?: string;
  readonly children: ReactNode;
}

/** A short word about a state; never the colour alone. */
export function Chip({ tone, icon, title, children }: Props) {
  return <span className={styles.chip} data-tone={tone} title={title}>{icon}{children}</span>;
}
