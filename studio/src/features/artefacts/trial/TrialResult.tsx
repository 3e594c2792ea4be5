import { List, Stack, Text } from '@mantine/core';
import { Line } from '../Checks';
import { Value } from '../review/Value';
import { useArtefactsTexts } from '../useArtefactsTexts';
import type { Matched, Trial } from './trial';

/** What came out and why: what matched, step by step, and what almost did, with the cell that failed. */
export function TrialResult({ trial }: { readonly trial: Trial }) {
  const t = useArtefactsTexts();
  return (
    <Stack gap="sm" role="status">
      <div><Text size="sm" fw={600}>{t('output')}</Text><Value value={trial.output} /></div>
      <div>
        <Text size="sm" fw={600}>{t('matched')}</Text>
        {trial.matched.length === 0 && <Text size="sm">{t('nothingMatched')}</Text>}
        <List listStyleType="none" spacing={4}>{trial.matched.map((one, i) => <List.Item key={i}><Step one={one} /></List.Item>)}</List>
      </div>
      {trial.nearMisses.length > 0 && (
        <div>
          <Text size="sm" fw={600}>{t('nearMisses')}</Text>
          <List listStyleType="none" spacing={4}>
            {trial.nearMisses.map((miss, i) => (
              <List.Item key={i}>
                <Line tone="bad">{miss.decision}: {t('row', { row: miss.row })}, {miss.failed.map(cell => t('failedCell', { column: cell.column, cell: cell.cell, value: JSON.stringify(cell.value) })).join('; ')}</Line>
              </List.Item>
            ))}
          </List>
        </div>
      )}
      {trial.diagnostics.map((one, i) => <Line key={i} tone="warn">{one.message}</Line>)}
    </Stack>
  );
}

function Step({ one }: { readonly one: Matched }) {
  const t = useArtefactsTexts();
  if (one.rule === undefined) return <Line tone="good">{one.decision}: {t('row', { row: one.row ?? 0 })}</Line>;
  return (
    <Line tone="good">
      {one.rule}
      <Value value={one.bindings} />
      {one.contributions?.map((done, i) => <div key={i}>{`${done.what.replaceAll('_', ' ')} ${done.type ?? ''}`} <Value value={done.value} /></div>)}
    </Line>
  );
}
