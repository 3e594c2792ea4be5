import { useState, type ReactNode } from 'react';
import { useMay } from '../../api/me';
import { queryClient } from '../../api/query';
import { perform, readOffer, type Lifecycle, type OfferedAction } from '../../components/actions/actions';
import { ActionDialog } from '../../components/actions/ActionDialog';
import type { Fields } from '../../components/merge/threeWay';
import { useToast } from '../../components/useToast';
import { stepTo, type BoardItem } from './board';
import { useNames, usePortingTexts } from './usePortingTexts';

type Movable = Pick<BoardItem, 'id' | 'name' | 'status'>;

interface Asked {
  readonly item: Movable;
  readonly action: OfferedAction;
}

/** Moves records from lane to lane: by what their lifecycle offers, or back to where they were with the reason. */
export function useMove(type: string, lifecycle: Lifecycle, onMoved: (record: unknown) => Promise<void>) {
  const t = usePortingTexts();
  const names = useNames();
  const may = useMay();
  const toast = useToast();
  // Where cards stand that are on their way; the others stand where they are on record.
  const [moving, setMoving] = useState<ReadonlyMap<string, string>>(new Map());
  const [asked, setAsked] = useState<Asked | null>(null);

  const put = (id: string) => setMoving(now => new Map([...now].filter(([one]) => one !== id)));
  const act = async (item: Movable, action: OfferedAction, data: Fields) => {
    await onMoved(await perform<unknown>(type, item.id, action.name, data));
    put(item.id);
    void queryClient.invalidateQueries({ queryKey: ['records', type, item.id] });
    toast.done(t('doneWith', { action: names.action(action.name, action.label), name: item.name }));
  };
  const begin = (item: Movable, action: OfferedAction, to: string | undefined) => {
    if (to !== undefined) setMoving(now => new Map(now).set(item.id, to));
    if ((action.fields ?? []).length > 0) return setAsked({ item, action });
    act(item, action, {}).catch((e: unknown) => {
      put(item.id);
      toast.failed(e);
    });
  };
  const drop = async (item: Movable, to: string) => {
    if (to === item.status) return;
    const step = stepTo(lifecycle, item.status, to);
    if (!step) return toast.failed(new Error(t('noWay', { name: item.name, from: names.status(item.status), to: names.status(to) })));
    setMoving(now => new Map(now).set(item.id, to));
    try {
      const offer = await readOffer(type, item.id);
      const action = offer.actions.find(one => one.name === step.name);
      if (!action) throw new Error(t('notOffered', { name: item.name, action: names.action(step.name, step.label) }));
      if (!may(action.permission)) throw new Error(t('notPermitted', { permission: action.permission }));
      begin(item, action, to);
    } catch (e) {
      put(item.id);
      toast.failed(e);
    }
  };

  const dialog: ReactNode = asked && (
    <ActionDialog type={type} label={names.action(asked.action.name, asked.action.label)} fields={asked.action.fields ?? []} labelOf={names.field}
      onPerform={data => act(asked.item, asked.action, data)}
      onClose={() => {
        put(asked.item.id);
        setAsked(null);
      }}>{t('confirm', { name: asked.item.name })}</ActionDialog>
  );
  return { moving, drop, begin, dialog };
}
