import { Button, Code, Group, Table } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMay } from '../../api/me';
import { AppLink } from '../../components/AppLink';
import { useToast } from '../../components/useToast';
import { When } from '../../components/When';
import { addressOf, restore, type Artefact } from './artefacts';
import { Card } from './Card';
import { StateChip } from './StateChip';
import { useArtefactsTexts } from './useArtefactsTexts';

interface Props {
  readonly kind: string;
  readonly artefactKey: string;
  readonly versions: readonly Artefact[];
}

/** Every version that counted or will, newest first; an old one can be published again, and that be taken back the same way. */
export function VersionsTable({ kind, artefactKey, versions }: Props) {
  const t = useArtefactsTexts();
  const toast = useToast();
  const client = useQueryClient();
  const may = useMay();
  const counting = versions.find(version => version.state === 'published')?.version ?? null;
  const again = useMutation({
    mutationFn: (version: number) => restore(kind, artefactKey, version, null),
    onSuccess: async (made, version) => {
      await client.invalidateQueries({ queryKey: ['records', 'artefacts'] });
      toast.done(t('restored', { version, made: made.version ?? 0 }), counting === null ? undefined : async () => {
        await restore(kind, artefactKey, counting, null);
        await client.invalidateQueries({ queryKey: ['records', 'artefacts'] });
      });
    },
    onError: error => toast.failed(error),
  });
  return (
    <Card title={t('versions')}>
      <Table.ScrollContainer minWidth={720} scrollAreaProps={{ viewportProps: { tabIndex: 0, 'aria-label': t('versions'), role: 'region' } }}>
        <Table verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('version')}</Table.Th><Table.Th>{t('state')}</Table.Th><Table.Th>{t('author')}</Table.Th><Table.Th>{t('when')}</Table.Th>
              <Table.Th>{t('comment')}</Table.Th><Table.Th>{t('hash')}</Table.Th><Table.Th>{t('actions')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {versions.map(version => (
              <Table.Tr key={version.version}>
                <Table.Td>{version.version}</Table.Td>
                <Table.Td><StateChip state={version.state} /></Table.Td>
                <Table.Td>{version.author}</Table.Td>
                <Table.Td>{version.shipped ? t('shipped') : <When at={version.effectiveFrom ?? version.publishedAt ?? version.updatedAt} />}</Table.Td>
                <Table.Td>{version.comment}</Table.Td>
                <Table.Td><Code title={version.hash}>{version.hash.slice(0, 8)}</Code></Table.Td>
                <Table.Td>
                  <Group gap="xs" wrap="nowrap">
                    {counting !== null && version.version !== counting && (
                      <AppLink size="sm" to={`${addressOf(kind, artefactKey)}/review?from=${version.version ?? ''}&to=${counting}`}>{t('compare')}</AppLink>
                    )}
                    {version.state === 'superseded' && may('artefacts:publish') && (
                      <Button size="compact-xs" variant="default" disabled={again.isPending} aria-label={t('restoreVersion', { version: version.version ?? 0 })} onClick={() => again.mutate(version.version ?? 0)}>
                        {t('restore')}
                      </Button>
                    )}
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}
