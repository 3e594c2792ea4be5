import type { Lifecycle } from '../../components/actions/actions';
import type { PhoneNumber } from './porting';
import { isOver } from './states';

type Step = Lifecycle['actions'][number];

/** The action by which a number gets from one state to another; undefined when there is no way. */
export function stepTo(lifecycle: Lifecycle, from: string, to: string): Step | undefined {
  return lifecycle.actions.find(step => step.from === from && step.to === to);
}

/** The cards of each lane; one that is on its way stands where it goes. */
export function lanesOf(states: readonly string[], numbers: readonly PhoneNumber[], moving: ReadonlyMap<string, string>): ReadonlyMap<string, readonly PhoneNumber[]> {
  const lanes = new Map(states.map(state => [state, [] as PhoneNumber[]]));
  for (const number of numbers) lanes.get(moving.get(number.id) ?? number.status)?.push(number);
  return lanes;
}

const Day = 24 * 60 * 60_000;

/** How long a number has been where it is, and whether that is long: a carrier has five business days to answer. */
export function ageOf(number: PhoneNumber, now: number): { readonly days: number; readonly tone: 'plain' | 'warn' | 'bad' } {
  const days = Math.max(0, Math.floor((now - Date.parse(number.updatedAt)) / Day));
  return { days, tone: isOver(number.status) || days < 7 ? 'plain' : days < 14 ? 'warn' : 'bad' };
}
