import { useEffect } from 'react';
import { useMe } from '../api/me';
import { LoadingState } from '../components/LoadingState';
import { useGo } from '../components/useUrl';
import { useEntries } from './Navigation';

/** `/` leads to the first page of the navigation that the person may see. */
export function HomePage() {
  const me = useMe();
  const go = useGo();
  const first = useEntries()[0]?.to;
  useEffect(() => {
    if (me && first !== undefined) go(first);
  }, [me, first, go]);
  return <LoadingState />;
}
