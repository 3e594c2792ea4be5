import { Stack, Table, Text } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { api } from '../../api/client';
import { AppLink } from '../../components/AppLink';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { Page } from '../../components/Page';
import { useAddress } from '../../components/useUrl';
import { When } from '../../components/When';
import { addressOf } from './artefacts';
import { Card } from './Card';
import { Value } from './review/Value';
import { useArtefactsTexts } from './useArtefactsTexts';

interface Decision {
  readonly artefact: { readonly kind: string; readonly key: string; readonly version: number; readonly hash: string };
  readonly decision: string | null;
  readonly input: Readonly<Record<string, unknown>>;
  readonly output: unknown;
  readonly matched: readonly { readonly decision?: string; readonly row?: number; readonly rule?: string; readonly outputs?: unknown; readonly bindings?: unknown }[];
  readonly cause: Readonly<Record<string, unknown>>;
  readonly at: string;
}

const decisionQuery = (id: string) => queryOptions({
  queryKey: ['decisions', id],
  queryFn: ({ signal }) => api<Decision>(`/api/decisions/${id}`, { signal }),
  staleTime: Infinity, // what was decided never changes
});

/** One decision that was made: from what, by which rows, under which version. */
export default function DecisionPage() {
  const t = useArtefactsTexts();
  const { id = '' } = useAddress();
  const decision = useQuery(decisionQuery(id));
  const title = t('decisionTitle', { key: decision.data?.artefact.key ?? '…' });
  if (decision.isPending) return <Page title={title} help="artefacts#decisions"><LoadingState /></Page>;
  if (decision.isError) return <Page title={title} help="artefacts#decisions"><ErrorNotice error={decision.error} onRetry={() => void decision.refetch()} /></Page>;
  const { artefact, input, output, matched, cause, at } = decision.data;
  const address = addressOf(artefact.kind, artefact.key);
  return (
    <Page title={title} help="artefacts#decisions" above={<AppLink size="sm" to={address}>{artefact.key}</AppLink>}>
      <Stack gap="lg">
        <Text size="sm">{t('decidedUnder', { version: artefact.version })} · <When at={at} />{typeof cause['actor'] === 'string' ? ` · ${cause['actor']}` : ''}</Text>
        <Card title={t('input')}>
          <Table variant="vertical" layout="fixed">
            <Table.Tbody>
              {Object.entries(input).map(([name, value]) => <Table.Tr key={name}><Table.Th scope="row" w="30%">{name}</Table.Th><Table.Td><Value value={value} /></Table.Td></Table.Tr>)}
            </Table.Tbody>
          </Table>
        </Card>
        <Card title={t('output')}><Value value={output} /></Card>
        <Card title={t('matched')}>
          {matched.length === 0 && <Text size="sm">{t('nothingMatched')}</Text>}
          <Stack gap="xs">
            {matched.map((one, i) => (
              <div key={i}>
                <Text size="sm" fw={600}>{one.rule ?? `${one.decision ?? ''}: ${t('row', { row: one.row ?? 0 })}`}</Text>
                <Value value={one.outputs ?? one.bindings} />
              </div>
            ))}
          </Stack>
        </Card>
        {typeof cause['instanceId'] === 'string' && <AppLink size="sm" to={`/processes/instances/${cause['instanceId']}`}>{t('cause')}</AppLink>}
      </Stack>
    </Page>
  );
}
