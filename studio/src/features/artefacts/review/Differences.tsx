import { Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Chip } from '../../../components/Chip';
import { ErrorNotice } from '../../../components/ErrorNotice';
import { LoadingState } from '../../../components/LoadingState';
import { differenceQuery } from '../artefacts';
import { useArtefactsTexts } from '../useArtefactsTexts';
import { Value } from './Value';

const tones = { added: 'good', removed: 'bad', changed: 'warn', moved: 'accent' } as const;

interface Props {
  readonly kind: string;
  readonly artefactKey: string;
  /** Null when nothing was ever published. */
  readonly from: string | null;
  readonly to: string;
  readonly hash: string;
}

/** By parts and members: rows and cells, rules, fields; not by lines. */
export function Differences({ kind, artefactKey, from, to, hash }: Props) {
  const t = useArtefactsTexts();
  const changes = useQuery({ ...differenceQuery(kind, artefactKey, from ?? '', to, hash), enabled: from !== null });
  if (from === null) return <Text size="sm">{t('newArtefact')}</Text>;
  if (changes.isPending) return <LoadingState />;
  if (changes.isError) return <ErrorNotice error={changes.error} onRetry={() => void changes.refetch()} />;
  if (changes.data.length === 0) return <Text size="sm">{t('noDifferences')}</Text>;
  return (
    <Table.ScrollContainer minWidth={640} scrollAreaProps={{ viewportProps: { tabIndex: 0, 'aria-label': t('differences'), role: 'region' } }}>
      <Table verticalSpacing="xs" aria-label={t('differences')}>
        <Table.Thead>
          <Table.Tr><Table.Th>{t('changeKind')}</Table.Th><Table.Th>{t('part')}</Table.Th><Table.Th>{t('was')}</Table.Th><Table.Th>{t('becomes')}</Table.Th></Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {changes.data.map((one, i) => (
            <Table.Tr key={i}>
              <Table.Td><Chip tone={tones[one.change]}>{t(`change.${one.change}`)}</Chip></Table.Td>
              <Table.Td>{one.label}{one.member === null ? '' : ` · ${one.member}`}</Table.Td>
              <Table.Td><Value value={one.from} /></Table.Td>
              <Table.Td><Value value={one.to} /></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
