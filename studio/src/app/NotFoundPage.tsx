import { IconCompass } from '@tabler/icons-react';
import { useRouterState } from '@tanstack/react-router';
import { AppLink } from '../components/AppLink';
import { EmptyState } from '../components/EmptyState';
import { Page } from '../components/Page';
import { useComponentTexts } from '../components/useComponentTexts';

export function NotFoundPage() {
  const t = useComponentTexts();
  const path = useRouterState({ select: state => state.location.pathname });
  return (
    <Page title={t('notFoundTitle')} help="studio">
      <EmptyState icon={<IconCompass size={36} aria-hidden />} title={t('notFoundWhy', { path })}>
        <AppLink to="/">{t('toStart')}</AppLink>
      </EmptyState>
    </Page>
  );
}
