import { List, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ErrorNotice } from '../../../components/ErrorNotice';
import { LoadingState } from '../../../components/LoadingState';
import { Line } from '../Checks';
import { Value } from '../review/Value';
import { useArtefactsTexts } from '../useArtefactsTexts';
import { analysisQuery } from './trial';

interface Props { readonly kind: string; readonly artefactKey: string; readonly hash: string; readonly decision: string | undefined }

/** Gaps, overlaps and what nothing can hit, each with the simplest input that shows it. */
export function AnalysisPanel({ kind, artefactKey, hash, decision }: Props) {
  const t = useArtefactsTexts();
  const analysis = useQuery({ ...analysisQuery(kind, artefactKey, hash), placeholderData: previous => previous });
  if (analysis.isPending) return <LoadingState />;
  if (analysis.isError) return <ErrorNotice error={analysis.error} onRetry={() => void analysis.refetch()} />;
  const findings = analysis.data.findings.filter(one => decision === undefined || one.decision === decision);
  const limits = analysis.data.limits.filter(limit => decision === undefined || limit.startsWith(`${decision}:`));
  return (
    <Stack gap="sm">
      {findings.length === 0 && <Line tone="good">{t('nothingFound')}</Line>}
      <List listStyleType="none" spacing="sm">
        {findings.map((one, i) => (
          <List.Item key={i}>
            <Line tone={one.code === 'overlap' || one.code === 'duplicate' ? 'warn' : 'bad'}>
              {one.message}
              {one.example && <div><Text span size="sm" c="dimmed">{t('forExample')} </Text><Value value={one.example} /></div>}
            </Line>
          </List.Item>
        ))}
      </List>
      {limits.map(limit => <Line key={limit} tone="warn">{limit}</Line>)}
    </Stack>
  );
}
