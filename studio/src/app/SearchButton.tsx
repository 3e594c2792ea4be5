import { Kbd, Text, UnstyledButton } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import styles from './SearchButton.module.css';
import { useAppTexts } from './useAppTexts';

const isMac = navigator.userAgent.includes('Mac');

export function SearchButton({ onClick }: { readonly onClick: () => void }) {
  const t = useAppTexts();
  return (
    <UnstyledButton className={styles.search} onClick={onClick} aria-keyshortcuts="Control+K">
      <IconSearch size={17} aria-hidden />
      <Text span size="sm" className={styles.hint}>{t('searchHint')}</Text>
      <Kbd size="xs" visibleFrom="sm" aria-hidden>{isMac ? '⌘ K' : 'Ctrl K'}</Kbd>
    </UnstyledButton>
  );
}
