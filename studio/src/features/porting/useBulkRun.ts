import { useRef, useState } from 'react';
import { useToast } from '../../components/useToast';
import type { ActionData } from './actions';
import { lotsOf, performOn, type ManyOffer, type Outcome } from './bulk';
import { countedAgain } from './porting';

/** An action on its way through many numbers. Started once more, it goes on with what is not answered yet. */
export function useBulkRun(offer: ManyOffer) {
  const toast = useToast();
  const [state, setState] = useState<'asking' | 'running' | 'ended'>('asking');
  const [byId, setById] = useState<ReadonlyMap<string, Outcome>>(new Map());
  const [lots] = useState(() => lotsOf(offer.ids));
  const answered = useRef(0);
  const wanted = useRef<'on' | 'stop'>('on');
  const outcomes = [...byId.values()];

  const isStopped = () => wanted.current === 'stop';

  const start = async (data: ActionData) => {
    wanted.current = 'on';
    setState('running');
    try {
      for (const lot of lots.slice(answered.current)) {
        if (isStopped()) break;
        const news = await performOn(offer.name, lot, data);
        setById(now => new Map([...now, ...news.map(one => [one.id, one] as const)]));
        if (news.some(one => one.state === 'unsure')) break; // the next lot would fare no better
        answered.current++;
      }
    } catch (e) {
      toast.failed(e);
    }
    setState('ended');
    countedAgain();
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
