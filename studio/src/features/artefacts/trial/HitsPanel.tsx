import { Group, Progress, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMay } from '../../../api/me';
import { ErrorNotice } from '../../../components/ErrorNotice';
import { LoadingState } from '../../../components/LoadingState';
import { useArtefactsTexts } from '../useArtefactsTexts';
import { hitsQuery } from './trial';

interface Props {
  readonly kind: string;
  readonly artefactKey: string;
  readonly decision: string | undefined;
  /** The rows of the table; undefined for a rule set, whose rules are those that were counted. */
  readonly rows: readonly { readonly id: string }[] | undefined;
}

/** How often each row or rule took part in the decisions of the last thirty days. */
export function HitsPanel({ kind, artefactKey, decision, rows }: Props) {
  const t = useArtefactsTexts();
  const mayRead = useMay()('decisions:read');
  const hits = useQuery({ ...hitsQuery(kind, artefactKey), enabled: mayRead });
  if (!mayRead) return <Text size="sm" c="dimmed">{t('hitsPermission')}</Text>;
  if (hits.isPending) return <LoadingState />;
  if (hits.isError) return <ErrorNotice error={hits.error} onRetry={() => void hits.refetch()} />;
  const counted = new Map(hits.data.hits.filter(one => decision === undefined || one.decision === decision).map(one => [one.row, one.count]));
  const shown = rows?.map((row, i) => ({ name: t('row', { row: i + 1 }), count: counted.get(row.id) ?? counted.get(String(i + 1)) ?? 0 }))
    ?? [...counted].map(([name, count]) => ({ name, count }));
  const most = Math.max(1, ...shown.map(one => one.count));
  return (
    <Stack gap={6}>
      <Text size="sm">{t('hitsOf', { count: hits.data.counted })}</Text>
      {shown.map((one, i) => (
        <div key={i}>
          <Group justify="space-between" gap="xs"><Text size="sm">{one.name}</Text><Text size="sm">{one.count === 0 ? t('neverHit') : one.count.toLocaleString()}</Text></Group>
          <Progress value={100 * one.count / most} aria-label={`${one.name}: ${one.count}`} size="sm" />
        </div>
      ))}
    </Stack>
  );
}
