import { useCallback, useMemo } from 'react';
import type { Lifecycle } from '../../components/actions/actions';
import { useGo } from '../../components/useUrl';
import type { BoardItem } from './board';
import { LifecycleBoard } from './LifecycleBoard';
import { recount, type MigrationRow } from './porting';
import { DaysLeft } from './TargetDate';
import { usePortingTexts } from './usePortingTexts';

interface Props {
  readonly rows: readonly MigrationRow[];
  readonly isBySite: boolean;
  readonly lifecycle: Lifecycle;
  readonly states: readonly string[];
}

export function MigrationBoard({ rows, isBySite, lifecycle, states }: Props) {
  const t = usePortingTexts();
  const go = useGo();
  const byId = useMemo(() => new Map(rows.map(row => [row.id, row])), [rows]);
  const items = useMemo(() => rows.map((row): BoardItem => ({
    id: row.id, name: row.name, status: row.status, group: isBySite ? row.site : '',
    facts: `${row.site} · ${t('ofAll', { done: row.portedNumbers, all: row.totalNumbers })}`,
  })), [rows, isBySite, t]);
  const chipOf = useCallback((id: string) => {
    const row = byId.get(id);
    return row && <DaysLeft row={row} />;
  }, [byId]);
  return (
    <LifecycleBoard type="migrations" items={items} lifecycle={lifecycle} states={states} isGrouped={isBySite} chipOf={chipOf}
      onOpen={id => go(`/porting/${id}`)} onMoved={recount} />
  );
}
