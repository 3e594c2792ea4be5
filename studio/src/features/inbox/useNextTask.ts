import { useState } from 'react';
import { queryClient } from '../../api/query';
import { useGo } from '../../components/useUrl';
import { useToast } from '../../components/useToast';
import { nextTask } from './tasks';
import { useInboxTexts } from './useInboxTexts';

/** Goes to what is to be done next. */
export function useNextTask(except: string | null) {
  const t = useInboxTexts();
  const go = useGo();
  const toast = useToast();
  const [isBusy, setBusy] = useState(false);
  const next = () => {
    if (isBusy) return;
    setBusy(true);
    nextTask(except)
      .then(async task => {
        if (task === null) return toast.done(t('nextNone'));
        await queryClient.invalidateQueries({ queryKey: ['records', 'tasks'] });
        go(`/inbox/${task.id}`);
      })
      .catch((error: unknown) => toast.failed(error, next))
      .finally(() => setBusy(false));
  };
  return { next, isBusy };
}
