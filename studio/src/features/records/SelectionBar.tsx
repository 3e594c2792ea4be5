import { Button, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { api } from '../../api/client';
import { listPath, type AnyRecord, type Page } from '../../api/records';
import type { TypeDescription } from '../../api/types';
import type { BatchChange } from './batch';
import { BatchDialog } from './BatchDialog';
import { ManyActions } from './ManyActions';
import { useRecordsTexts } from './useRecordsTexts';

interface Props {
  readonly type: TypeDescription;
  readonly rows: readonly AnyRecord[];
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (selected: ReadonlySet<string>) => void;
  readonly query: Readonly<Record<string, string>>;
  readonly hasMore: boolean;
}

/** What can be done with what is selected: the rows that were, or all that the list finds. */
export function SelectionBar({ type, rows, selected, onSelect, query, hasMore }: Props) {
  const t = useRecordsTexts();
  const [isAll, setAll] = useState(false);
  const [kind, setKind] = useState<BatchChange['kind'] | null>(null);
  useEffect(() => setAll(false), [selected]);
  const areShown = rows.length > 0 && rows.every(row => selected.has(row.id));
  const total = useQuery({
    queryKey: ['records', type.name, 'count', query],
    queryFn: ({ signal }) => api<Page<AnyRecord>>(listPath(type.name, { ...query, limit: '1', count: 'true' }), { signal }),
    enabled: areShown && hasMore,
  }).data?.total;
  // The same list as long as nothing of it changes: what it offers is asked for again otherwise.
  const chosen = useMemo(() => rows.filter(row => selected.has(row.id)), [rows, selected]);
  if (selected.size === 0) return null;
  const count = isAll ? total ?? chosen.length : chosen.length;
  const close = () => {
    setKind(null);
    onSelect(new Set());
  };
  return (
    <>
      <Group gap="xs" role="group" aria-label={t('selection')}>
        <Text size="sm" fw={500} role="status">{t('selected', { count })}</Text>
        {areShown && total !== undefined && total > chosen.length && (
          <Button size="compact-sm" variant="subtle" onClick={() => setAll(!isAll)}>{isAll ? t('selectShown') : t('selectAllMatching', { count: total })}</Button>
        )}
        {type.granted['update'] && <Button size="compact-sm" variant="default" onClick={() => setKind('set')}>{t('batchBegin')}</Button>}
        {type.granted['delete'] && <Button size="compact-sm" variant="default" onClick={() => setKind('delete')}>{t('batchDeleteBegin')}</Button>}
        {type.lifecycle !== null && type.granted['act'] && <ManyActions type={type} of={isAll ? query : chosen} count={count} onDone={close} />}
        <Button size="compact-sm" variant="subtle" onClick={() => onSelect(new Set())}>{t('selectNone')}</Button>
      </Group>
      {kind && <BatchDialog type={type} kind={kind} of={isAll ? query : chosen} count={count} onClose={close} />}
    </>
  );
}
