import { useCallback, useMemo } from 'react';
import type { Lifecycle } from '../../components/actions/actions';
import { Chip } from '../../components/Chip';
import { useNow } from '../../components/time';
import { ageOf, type BoardItem } from './board';
import { LifecycleBoard } from './LifecycleBoard';
import { numberMoved } from './numbers';
import type { MigrationRow, PhoneNumber } from './porting';
import { usePortingTexts } from './usePortingTexts';

/** What numbers can be in swim lanes by. */
export const NumberGroups = ['site', 'migration', 'carrier'] as const;

interface Props {
  readonly numbers: readonly PhoneNumber[];
  readonly migrations: readonly MigrationRow[];
  readonly groupBy: typeof NumberGroups[number] | null;
  readonly lifecycle: Lifecycle;
  readonly states: readonly string[];
  readonly onOpen: (number: PhoneNumber) => void;
}

export function NumberBoard({ numbers, migrations, groupBy, lifecycle, states, onOpen }: Props) {
  const byId = useMemo(() => new Map(numbers.map(number => [number.id, number])), [numbers]);
  const items = useMemo(() => {
    const rows = new Map(migrations.map(row => [row.id, row]));
    return numbers.map((number): BoardItem => ({
      id: number.id, name: number.number, status: number.status,
      facts: [number.currentCarrier, number.portDate ?? number.focDate].filter(Boolean).join(' · '),
      group: (groupBy === 'carrier' ? number.currentCarrier : groupBy && rows.get(number.migrationId)?.[groupBy === 'site' ? 'site' : 'name']) ?? '',
    }));
  }, [numbers, migrations, groupBy]);
  const chipOf = useCallback((id: string) => {
    const number = byId.get(id);
    return number && <AgeChip number={number} />;
  }, [byId]);
  const open = useCallback((id: string) => {
    const number = byId.get(id);
    if (number) onOpen(number);
  }, [byId, onOpen]);
  return <LifecycleBoard type="phone-numbers" items={items} lifecycle={lifecycle} states={states} isGrouped={groupBy !== null} chipOf={chipOf} onOpen={open} onMoved={numberMoved} />;
}

function AgeChip({ number }: { readonly number: PhoneNumber }) {
  const t = usePortingTexts();
  const age = ageOf(number, useNow());
  return <Chip tone={age.tone}>{t('here', { count: age.days })}</Chip>;
}
