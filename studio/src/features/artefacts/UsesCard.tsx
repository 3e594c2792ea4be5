import { List, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { AppLink } from '../../components/AppLink';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { addressOf, kinds, referencesQuery, usagesQuery, type ArtefactReference } from './artefacts';
import { Card } from './Card';
import { useArtefactsTexts } from './useArtefactsTexts';

interface Props {
  readonly kind: string;
  readonly artefactKey: string;
  /** `in`: who uses it; `out`: what it uses. */
  readonly direction: 'in' | 'out';
}

export function UsesCard({ kind, artefactKey, direction }: Props) {
  const t = useArtefactsTexts();
  const usages = useQuery({ ...usagesQuery(kind, artefactKey), enabled: direction === 'in' });
  const references = useQuery({ ...referencesQuery(kind, artefactKey), enabled: direction === 'out' });
  const shown = direction === 'in' ? usages : references;
  return (
    <Card title={t(direction === 'in' ? 'usedBy' : 'uses')}>
      {shown.isPending && <LoadingState />}
      {shown.isError && <ErrorNotice error={shown.error} onRetry={() => void shown.refetch()} />}
      {shown.data?.length === 0 && <Text size="sm" c="dimmed">{t(direction === 'in' ? 'usedByNobody' : 'usesNothing')}</Text>}
      <List listStyleType="none" spacing={4} size="sm">
        {shown.data?.map((one, i) => <List.Item key={i} style={{ overflowWrap: 'anywhere' }}><Named one={one} /> <Text span size="sm" c="dimmed">{one.place}</Text></List.Item>)}
      </List>
    </Card>
  );
}

function Named({ one }: { readonly one: ArtefactReference }) {
  const t = useArtefactsTexts();
  if (one.kind === 'record-type') return <AppLink size="sm" to={`/records/${one.key}`}>{one.key}</AppLink>;
  const kind = kinds.find(known => known === one.kind);
  if (kind === undefined) return one.key;
  return <>{t(`kind.${kind}`)} <AppLink size="sm" to={addressOf(kind, one.key)}>{one.key}</AppLink></>;
}
