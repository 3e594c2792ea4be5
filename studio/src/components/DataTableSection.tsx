import { VisuallyHidden } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import type { KeyboardEvent, ReactNode } from 'react';
import styles from './DataTable.module.css';
import { useComponentTexts } from './useComponentTexts';
import { useLanguage } from '../text/text';

/** Rows of a table that belong together, under a header of their own. */
export interface Section {
  readonly key: string;
  /** How many rows it has in all, whether they are there yet or not. */
  readonly count: number;
  /** How many of the table's rows are its. */
  readonly length: number;
  readonly isOpen: boolean;
}

interface Props {
  readonly section: Section;
  readonly name: ReactNode;
  /** Among all rows and headers of the table. */
  readonly position: number;
  readonly height: number;
  readonly columns: number;
  readonly onToggle: () => void;
  /** Goes so many headers on. */
  readonly onMove: (by: number) => void;
}

/** The header of a section: right opens it, left closes it, up and down go to the others. */
export function DataTableSection({ section, name, position, height, columns, onToggle, onMove }: Props) {
  const t = useComponentTexts();
  const language = useLanguage();
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const moves = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (moves !== undefined) onMove(moves);
    else if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return;
    else if ((event.key === 'ArrowRight') !== section.isOpen) onToggle();
    event.preventDefault();
  };
  return (
    <tr aria-rowindex={position + 2} style={{ height }}>
      <th scope="rowgroup" colSpan={columns} className={styles.section}>
        <button type="button" className={styles.toggle} aria-expanded={section.isOpen} data-section={section.key} onClick={onToggle} onKeyDown={press}>
          {section.isOpen ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />}
          <span>{name}</span>
          <span className={styles.count} aria-hidden>{section.count.toLocaleString(language)}</span>
          <VisuallyHidden>{t('rows', { count: section.count })}</VisuallyHidden>
        </button>
      </th>
    </tr>
  );
}
