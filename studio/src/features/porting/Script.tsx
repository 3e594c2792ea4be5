import { Button, Code, CopyButton } from '@mantine/core';
import { IconCopy } from '@tabler/icons-react';
import { useComponentTexts } from '../../components/useComponentTexts';
import styles from './porting.module.css';
import type { GeneratedScript } from './scripts';

/** A script as it was written, to read and to copy. */
export function Script({ script }: { readonly script: GeneratedScript }) {
  const common = useComponentTexts();
  return (
    <>
      <CopyButton value={script.content}>
        {({ copied, copy }) => <Button size="compact-xs" variant="subtle" leftSection={<IconCopy size={14} aria-hidden />} onClick={copy}>{copied ? common('copied') : common('copy')}</Button>}
      </CopyButton>
      <Code block className={styles.script} tabIndex={0} role="region" aria-label={script.name}>{script.content}</Code>
    </>
  );
}
