import '@mantine/spotlight/styles.css';
import { useDebouncedValue } from '@mantine/hooks';
import { createSpotlight, Spotlight } from '@mantine/spotlight';
import { useMantineColorScheme } from '@mantine/core';
import { IconFileText, IconKeyboard, IconMoon, IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useGo } from '../components/useUrl';
import { useEntries } from './Navigation';
import { useAppTexts } from './useAppTexts';
import { useRecordSearch } from './useRecordSearch';

interface Props {
  readonly onClose: () => void;
  readonly onKeyboard: () => void;
}

const [store, spotlight] = createSpotlight();

/** Goes anywhere and finds any record, by name. */
export default function CommandPalette({ onClose, onKeyboard }: Props) {
  const t = useAppTexts();
  const go = useGo();
  const entries = useEntries();
  const [query, setQuery] = useState('');
  const [settled] = useDebouncedValue(query.trim(), 200);
  const { setColorScheme } = useMantineColorScheme();
  const found = useRecordSearch(settled);
  useEffect(() => spotlight.open(), []);

  const fits = (label: string) => label.toLowerCase().includes(query.trim().toLowerCase());
  const destinations = entries.filter(entry => fits(t(entry.name)));
  const isDark = document.documentElement.dataset['mantineColorScheme'] === 'dark';
  const commands = [
    { label: t('toggleTheme'), icon: IconMoon, run: () => setColorScheme(isDark ? 'light' : 'dark') },
    { label: t('keyboard'), icon: IconKeyboard, run: onKeyboard },
  ].filter(command => fits(command.label));

  return (
    <Spotlight.Root store={store} query={query} onQueryChange={setQuery} onSpotlightClose={onClose} shortcut={null} scrollable maxHeight="60vh" clearQueryOnClose
      attributes={{ content: { 'aria-label': t('search') } }}>
      <Spotlight.Search placeholder={t('searchHint')} aria-label={t('search')} leftSection={<IconSearch size={18} aria-hidden />} />
      <Spotlight.ActionsList>
        {found.groups.map(group => (
          <Spotlight.ActionsGroup key={group.type} label={group.label}>
            {group.items.map(item => (
              <Spotlight.Action key={item.to} label={item.name} description={item.hint} leftSection={<IconFileText size={18} aria-hidden />} onClick={() => go(item.to)} />
            ))}
          </Spotlight.ActionsGroup>
        ))}
        {destinations.length > 0 && (
          <Spotlight.ActionsGroup label={t('searchPages')}>
            {destinations.map(({ name, icon: Icon, to }) => <Spotlight.Action key={to} label={t(name)} leftSection={<Icon size={18} aria-hidden />} onClick={() => go(to)} />)}
          </Spotlight.ActionsGroup>
        )}
        {commands.length > 0 && (
          <Spotlight.ActionsGroup label={t('searchActions')}>
            {commands.map(({ label, icon: Icon, run }) => <Spotlight.Action key={label} label={label} leftSection={<Icon size={18} aria-hidden />} onClick={run} />)}
          </Spotlight.ActionsGroup>
        )}
        {!found.isBusy && found.groups.length + destinations.length + commands.length === 0 && <Spotlight.Empty>{t('searchNothing')}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}
