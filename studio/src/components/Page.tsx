import { ActionIcon, Group, Title, Tooltip } from '@mantine/core';
import { IconHelp } from '@tabler/icons-react';
import { useEffect, useRef, type ReactNode } from 'react';
import styles from './Page.module.css';
import { useEditingWithin } from './presence';
import { useComponentTexts } from './useComponentTexts';
import { useGo } from './useUrl';
import { WhoIsHere } from './WhoIsHere';

interface Props {
  readonly title: string;
  /** Which paragraph of docs/ explains it, such as `approvals#who-decides`. */
  readonly help: string;
  /** Buttons beside the title. */
  readonly actions?: ReactNode;
  /** What comes above the title: the way back. */
  readonly above?: ReactNode;
  /** The one record or artefact (`artefacts`, `kind/key`) that it shows: who else has it before them is told. */
  readonly of?: { readonly type: string; readonly id: string };
  /** The whole width and height, for boards, grids and editors. */
  readonly fill?: boolean;
  readonly children: ReactNode;
}

/** What every page has: its title, also of the browser's tab, its help, its actions. */
export function Page({ title, help, actions, above, of, fill = false, children }: Props) {
  const t = useComponentTexts();
  const go = useGo();
  const editing = useEditingWithin();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Switchboard`;
  }, [title]);
  // Who comes by a link hears where they are; the focus of a field that asked for it stays.
  useEffect(() => {
    const at = document.activeElement;
    if (at === null || at === document.body || at.closest('nav')) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div className={fill ? `${styles.page} ${styles.fill}` : styles.page}>
      {above !== undefined && <div className={styles.above}>{above}</div>}
      <Group className={styles.head} justify="space-between" wrap="wrap" gap="xs">
        <Group gap={4} wrap="nowrap" className={styles.titles}>
          <Title order={1} className={styles.title} ref={heading} tabIndex={-1}>{title}</Title>
          <Tooltip label={t('help')}>
            <ActionIcon component="a" href={`/help/${help}`} variant="subtle" color="gray" size={28} aria-label={t('help')}
              onClick={event => { event.preventDefault(); go(`/help/${help}`); }}>
              <IconHelp size={18} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </Group>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {of && <WhoIsHere {...of} />}
      <div className={styles.body} {...(of && editing)}>{children}</div>
    </div>
  );
}
