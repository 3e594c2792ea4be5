import { useQuery } from '@tanstack/react-query';
import { useMay, useMe } from '../../api/me';
import { recordPageQuery, type AnyRecord } from '../../api/records';
import { useInboxTexts } from './useInboxTexts';

interface User extends AnyRecord {
  readonly displayName: string;
}

/** The people of the tenant, up to five hundred, and what to call somebody. */
export function usePeople() {
  const t = useInboxTexts();
  const me = useMe();
  const may = useMay();
  const { data } = useQuery({ ...recordPageQuery<User>('users', { limit: '500', isActive: 'true' }), enabled: may('users:read') });
  const users = data?.items ?? [];
  const nameOf = (id: string | null) =>
    id === null ? t('nobody') : id === me?.user.id ? t('you') : users.find(user => user.id === id)?.displayName ?? id.slice(0, 8);
  return { users, nameOf };
}
