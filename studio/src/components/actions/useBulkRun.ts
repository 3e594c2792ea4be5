import { useRef, useState } from 'react';
import { useToast } from '../useToast';
import { lotsOf, performOn, type ManyOffer, type Outcome } from './bulk';

/** An action on its way through many records. Started once more, it goes on with what is not answered yet. */
export function useBulkRun<T>(type: string, offer: ManyOffer, onRecords: (records: readonly T[]) => void, onEnd: () => void) {
  const toast = useToast();
  const [state, setState] = useState<'asking' | 'running' | 'ended'>('asking');
  const [byId, setById] = useState<ReadonlyMap<string, Outcome>>(new Map());
  const [lots] = useState(() => lotsOf(offer.ids));
  const answered = useRef(0);
  const wanted = useRef<'on' | 'stop'>('on');
  const outcomes = [...byId.values()];

  const isStopped = () => wanted.current === 'stop';

  const start = async (data: Readonly<Record<string, unknown>>) => {
    wanted.current = 'on';
    setState('running');
    try {
      for (const lot of lots.slice(answered.current)) {
        if (isStopped()) break;
        const news = await performOn(type, offer.name, lot, data, onRecords);
        setById(now => new Map([...now, ...news.map(one => [one.id, one] as const)]));
        if (news.some(one => one.state === 'unsure')) break; // the next lot would fare no better
        answered.current++;
      }
    } catch (e) {
      toast.failed(e);
    }
    setState('ended');
    onEnd();
  };
  return {
    state,
    outcomes,
    isIncomplete: answered.current < lots.length,
    count: (what: Outcome['state']) => outcomes.filter(one => one.state === what).length,
    start,
    stop: () => {
      wanted.current = 'stop';
    },
  };
}
