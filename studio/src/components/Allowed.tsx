import { IconLock } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { allows, meQuery } from '../api/me';
import { EmptyState } from './EmptyState';
import { ErrorNotice } from './ErrorNotice';
import { LoadingState } from './LoadingState';
import { useComponentTexts } from './useComponentTexts';

interface Props {
  /** Null: being signed in is enough. */
  readonly permission: string | null;
  readonly children: ReactNode;
}

/** Shows a page to whoever may see it, and to others what it would take. */
export function Allowed({ permission, children }: Props) {
  const t = useComponentTexts();
  const me = useQuery(meQuery);
  if (me.isPending) return <LoadingState />;
  if (me.isError) return <ErrorNotice error={me.error} onRetry={() => void me.refetch()} />;
  if (permission !== null && !allows(me.data.permissions, permission)) {
    return (
      <EmptyState icon={<IconLock size={36} aria-hidden />} title={t('noPermission')}>
        {t('noPermissionWhy', { permission })}
      </EmptyState>
    );
  }
  return children;
}
