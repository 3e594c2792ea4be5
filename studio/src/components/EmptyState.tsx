import type { ReactNode } from 'react';
import styles from './states.module.css';

interface Props {
  readonly icon?: ReactNode;
  readonly title: string;
  /** Why there is nothing, or what to do about it. */
  readonly children?: ReactNode;
}

/** A list without rows, a page without permission: said calmly, with the way on. */
export function EmptyState({ icon, title, children }: Props) {
  return (
    <div className={styles.empty}>
      {icon}
      <div className={styles.emptyTitle}>{title}</div>
      {children !== undefined && <div>{children}</div>}
    </div>
  );
}
