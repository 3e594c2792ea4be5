import { useRouterState } from '@tanstack/react-router';
import { useMay } from '../api/me';
import { AppLink } from '../components/AppLink';
import styles from './Navigation.module.css';
import { pages } from './routes';
import { useAppTexts } from './useAppTexts';

/** The entries of the navigation that the person may follow. */
export function useEntries() {
  const may = useMay();
  return pages.flatMap(page => page.navigation && (page.permission === null || may(page.permission)) ? [page.navigation] : []);
}

export function Navigation() {
  const t = useAppTexts();
  const entries = useEntries();
  const path = useRouterState({ select: state => state.location.pathname });
  return (
    <nav aria-label={t('navigation')}>
      <ul className={styles.list}>
        {entries.map(({ name, icon: Icon, to }) => {
          const isHere = path === to || path.startsWith(`/${to.split('/')[1] ?? ''}/`);
          return (
            <li key={to}>
              <AppLink to={to} underline="never" className={styles.entry} data-here={isHere || undefined} aria-current={isHere ? 'page' : undefined}>
                <Icon size={19} stroke={1.7} aria-hidden />
                {t(name)}
              </AppLink>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
