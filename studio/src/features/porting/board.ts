import type { Lifecycle } from '../../components/actions/actions';
import { isOver } from './states';

/** What a card shows of a record that has a lifecycle. */
export interface BoardItem {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  /** The few words under the name. */
  readonly facts: string;
  /** The swim lane that it is in. */
  readonly group: string;
}

export interface Swimlane {
  readonly group: string;
  readonly items: readonly BoardItem[];
}

type Step = Lifecycle['actions'][number];

/** So many swim lanes are drawn; those with the fewest cards share the last one. */
export const MostSwimlanes = 30;

/** The action by which a record gets from one state to another; undefined when there is no way. */
export function stepTo(lifecycle: Lifecycle, from: string, to: string): Step | undefined {
  return lifecycle.actions.find(step => step.from === from && step.to === to);
}

/** The cards of each lane; one that is on its way stands where it goes. */
export function lanesOf(states: readonly string[], items: readonly BoardItem[], moving: ReadonlyMap<string, string>): ReadonlyMap<string, readonly BoardItem[]> {
  const lanes = new Map(states.map(state => [state, [] as BoardItem[]]));
  for (const item of items) lanes.get(moving.get(item.id) ?? item.status)?.push(item);
  return lanes;
}

/** By name, what has none last; of more than `MostSwimlanes` the smallest are together under `rest`. */
export function swimlanesOf(items: readonly BoardItem[], rest: string): readonly Swimlane[] {
  const groups = new Map<string, BoardItem[]>();
  for (const item of items) {
    const own = groups.get(item.group);
    if (own) own.push(item);
    else groups.set(item.group, [item]);
  }
  const bySize = [...groups].map(([group, own]) => ({ group, items: own })).sort((a, b) => b.items.length - a.items.length);
  const shown = bySize.slice(0, bySize.length > MostSwimlanes ? MostSwimlanes - 1 : MostSwimlanes);
  const others = bySize.slice(shown.length).flatMap(lane => lane.items);
  const lanes = shown.sort((a, b) => a.group === '' ? 1 : b.group === '' ? -1 : a.group.localeCompare(b.group));
  return others.length === 0 ? lanes : [...lanes, { group: rest, items: others }];
}

const Day = 24 * 60 * 60_000;

/** How long a record has been where it is, and whether that is long: a carrier has five business days to answer. */
export function ageOf(record: { readonly status: string; readonly updatedAt: string }, now: number): { readonly days: number; readonly tone: 'plain' | 'warn' | 'bad' } {
  const days = Math.max(0, Math.floor((now - Date.parse(record.updatedAt)) / Day));
  return { days, tone: isOver(record.status) || days < 7 ? 'plain' : days < 14 ? 'warn' : 'bad' };
}
