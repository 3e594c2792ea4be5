import { AppShell, Burger, Group, Modal, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from 'react';
import { live } from '../api/live';
import { useMay } from '../api/me';
import { queryClient } from '../api/query';
import { session, type Session } from '../api/session';
import { AppLink } from '../components/AppLink';
import { handleKey, noteDialog, useKeys } from '../components/keyboard';
import { useComponentTexts } from '../components/useComponentTexts';
import { useGo } from '../components/useUrl';
import { AccountMenu } from './AccountMenu';
import { LiveIndicator } from './LiveIndicator';
import { Navigation, useEntries } from './Navigation';
import { NotificationsMenu } from './NotificationsMenu';
import { SearchButton } from './SearchButton';
import styles from './Shell.module.css';
import { SignInForm } from './SignInForm';
import { SignInPage } from './SignInPage';
import { useAppTexts } from './useAppTexts';

const subscribe = (listener: () => void) => session.subscribe(listener);
const CommandPalette = lazy(() => import('./CommandPalette'));
const KeyboardHelp = lazy(() => import('./KeyboardHelp'));
const DesignerFrame = lazy(() => import('../features/designer/DesignerFrame'));

/** Around every page: who is signed in, where one can go, what is happening. */
export function Shell() {
  const now = useSyncExternalStore(subscribe, () => session.current);
  // The page stays, with what has been typed into it, while somebody signs in again; only signing out takes it away.
  const [last, setLast] = useState<Session | null>(now);
  if (now !== null && now !== last) setLast(now);
  const isSomebodyElse = now !== null && last !== null && now.user?.id !== last.user?.id;
  useEffect(() => {
    if (isSomebodyElse) queryClient.clear();
  }, [isSomebodyElse]);
  if (last === null) return <SignInPage />;
  return (
    <>
      <Frame key={last.user?.id ?? ''} onSignOut={() => {
        void session.signOut();
        setLast(null);
        queryClient.clear();
      }} />
      {now === null && <SignInAgain email={last.user?.email ?? ''} />}
    </>
  );
}

function SignInAgain({ email }: { readonly email: string }) {
  const t = useAppTexts();
  return (
    <Modal opened onClose={() => undefined} withCloseButton={false} closeOnEscape={false} closeOnClickOutside={false} title={t('signInAgain')} zIndex={500}>
      <Text size="sm" mb="md">{t('signInAgainLead')}</Text>
      <SignInForm email={email} />
    </Modal>
  );
}

function Frame({ onSignOut }: { readonly onSignOut: () => void }) {
  const t = useAppTexts();
  const common = useComponentTexts();
  const go = useGo();
  const entries = useEntries();
  const [isMenuOpen, menu] = useDisclosure();
  const [isSearching, search] = useDisclosure();
  const [isHelping, help] = useDisclosure();
  const path = useRouterState({ select: state => state.location.pathname });

  useEffect(() => {
    live.start();
    window.addEventListener('keydown', noteDialog, true);
    window.addEventListener('keydown', handleKey);
    return () => {
      live.stop();
      window.removeEventListener('keydown', noteDialog, true);
      window.removeEventListener('keydown', handleKey);
    };
  }, []);
  useEffect(() => menu.close(), [path]); // eslint-disable-line react-hooks/exhaustive-deps -- going somewhere closes it, nothing else does

  useKeys([
    { keys: 'mod+k', label: t('search'), run: search.open },
    { keys: '/', label: t('search'), run: search.open },
    { keys: '?', label: t('keyboard'), run: help.open },
    { keys: 'Escape', label: common('back'), run: () => history.back() },
    ...entries.filter(entry => entry.keys !== undefined).map(entry => ({ keys: `g ${entry.keys ?? ''}`, label: t(entry.name), run: () => go(entry.to) })),
  ]);

  return (
    <AppShell header={{ height: 52 }} navbar={{ width: 216, breakpoint: 'sm', collapsed: { mobile: !isMenuOpen } }} padding={0}>
      <a className={styles.skip} href="#main" onClick={event => {
        event.preventDefault();
        document.getElementById('main')?.focus();
      }}>{t('skip')}</a>
      <AppShell.Header className={styles.header}>
        <Group gap="xs" wrap="nowrap">
          <Burger opened={isMenuOpen} onClick={menu.toggle} hiddenFrom="sm" size="sm" aria-label={t('menu')} aria-expanded={isMenuOpen} />
          <AppLink to="/" className={styles.brand} underline="never" aria-label="Switchboard">
            <img src="/switchboard.svg" alt="" width={26} height={26} />
            <Text span fw={650} visibleFrom="xs">Switchboard</Text>
          </AppLink>
        </Group>
        <SearchButton onClick={search.open} />
        <Group gap={6} wrap="nowrap">
          <LiveIndicator />
          <NotificationsMenu />
          <AccountMenu onSignOut={onSignOut} onKeyboard={help.open} />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={styles.navbar}><Navigation /></AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} className={styles.main}>
        <Outlet />
        <Designer isHere={path.startsWith('/processes/')} />
      </AppShell.Main>
      <Suspense>
        {isSearching && <CommandPalette onClose={search.close} onKeyboard={help.open} />}
        {isHelping && <KeyboardHelp onClose={help.close} />}
      </Suspense>
    </AppShell>
  );
}

/** Stays once it was opened, because Elsa Studio takes seconds to start. */
function Designer({ isHere }: { readonly isHere: boolean }) {
  const isShown = useMay()('artefacts:read') && isHere;
  const [isOpen, setOpen] = useState(false);
  if (isShown && !isOpen) setOpen(true);
  return isOpen && <Suspense><DesignerFrame isShown={isShown} /></Suspense>;
}
