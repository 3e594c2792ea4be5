import { SegmentedControl, Select } from '@mantine/core';
import { useUrlState } from '../../components/useUrl';
import { usePortingTexts } from './usePortingTexts';

const Labels = { site: 'bySite', migration: 'byMigration', carrier: 'byCarrier' } as const;

/** A list or a board, and the board's swim lanes; both stand in the address. */
export function ViewChoice({ groups }: { readonly groups: readonly (keyof typeof Labels)[] }) {
  const t = usePortingTexts();
  const [url, setUrl] = useUrlState();
  const isBoard = url['view'] === 'board';
  return (
    <>
      {isBoard && (
        <Select size="xs" w={170} aria-label={t('swimlanes')} placeholder={t('noSwimlanes')} clearable value={url['lanes'] ?? null}
          data={groups.map(group => ({ value: group, label: t(Labels[group]) }))} onChange={lanes => setUrl({ lanes })} />
      )}
      <SegmentedControl size="xs" aria-label={t('view')} value={isBoard ? 'board' : 'grid'} onChange={view => setUrl({ view: view === 'board' ? view : null }, 'push')}
        data={[{ value: 'grid', label: t('grid') }, { value: 'board', label: t('board') }]} />
    </>
  );
}
