import { useState, type ReactNode } from 'react';
import { useMay } from '../../api/me';
import { queryClient } from '../../api/query';
import { perform, readOffer, type ActionData, type Lifecycle, type OfferedAction } from '../../components/actions/actions';
import { useToast } from '../../components/useToast';
import { ActionDialog } from './ActionDialog';
import { stepTo } from './board';
import { putNumbers } from './numbers';
import { countedAgain, type PhoneNumber } from './porting';
import { useNames, usePortingTexts } from './usePortingTexts';

interface Asked {
  readonly number: PhoneNumber;
  readonly action: OfferedAction;
}

/** Moves numbers from lane to lane: by what their lifecycle offers, or back to where they were with the reason. */
export function useMove(lifecycle: Lifecycle) {
  const t = usePortingTexts();
  const names = useNames();
  const may = useMay();
  const toast = useToast();
  // Where cards stand that are on their way; the others stand where they are on record.
  const [moving, setMoving] = useState<ReadonlyMap<string, string>>(new Map());
  const [asked, setAsked] = useState<Asked | null>(null);

  const put = (id: string) => setMoving(now => new Map([...now].filter(([one]) => one !== id)));
  const act = async (number: PhoneNumber, action: OfferedAction, data: ActionData) => {
    const after = await perform<PhoneNumber>('phone-numbers', number.id, action.name, data);
    putNumbers([after]);
    put(number.id);
    void queryClient.invalidateQueries({ queryKey: ['records', 'phone-numbers', number.id] });
    countedAgain();
    toast.done(t('doneWith', { action: names.action(action.name, action.label), name: number.number }));
  };
  const begin = (number: PhoneNumber, action: OfferedAction, to: string | undefined) => {
    if (to !== undefined) setMoving(now => new Map(now).set(number.id, to));
    if ((action.fields ?? []).length > 0) return setAsked({ number, action });
    act(number, action, {}).catch((e: unknown) => {
      put(number.id);
      toast.failed(e);
    });
  };
  const drop = async (number: PhoneNumber, to: string) => {
    if (to === number.status) return;
    const step = stepTo(lifecycle, number.status, to);
    if (!step) return toast.failed(new Error(t('noWay', { number: number.number, from: names.status(number.status), to: names.status(to) })));
    setMoving(now => new Map(now).set(number.id, to));
    try {
      const offer = await readOffer('phone-numbers', number.id);
      const action = offer.actions.find(one => one.name === step.name);
      if (!action) throw new Error(t('notOffered', { number: number.number, action: names.action(step.name, step.label) }));
      if (!may(action.permission)) throw new Error(t('notPermitted', { permission: action.permission }));
      begin(number, action, to);
    } catch (e) {
      put(number.id);
      toast.failed(e);
    }
  };

  const dialog: ReactNode = asked && (
    <ActionDialog type="phone-numbers" action={asked.action} onPerform={data => act(asked.number, asked.action, data)}
      onClose={() => {
        put(asked.number.id);
        setAsked(null);
      }}>{t('confirm', { name: asked.number.number })}</ActionDialog>
  );
  return { moving, drop, begin, dialog };
}
