import { Group, Table } from '@mantine/core';
import { AppLink } from '../../../components/AppLink';
import { useArtefactsTexts } from '../useArtefactsTexts';
import { byCount, type ReplayGroup } from './replay';
import { Value } from './Value';

/** What would have come out differently, old and new, with the way to some of the decisions. */
export function ReplayGroups({ groups }: { readonly groups: readonly ReplayGroup[] }) {
  const t = useArtefactsTexts();
  return (
    <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0, 'aria-label': t('impact'), role: 'region' } }}>
      <Table verticalSpacing="xs" aria-label={t('impact')}>
        <Table.Thead>
          <Table.Tr><Table.Th ta="end">{t('count')}</Table.Th><Table.Th>{t('was')}</Table.Th><Table.Th>{t('becomes')}</Table.Th><Table.Th>{t('examples')}</Table.Th></Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {byCount(groups).map((group, i) => (
            <Table.Tr key={i}>
              <Table.Td ta="end">{group.count.toLocaleString()}</Table.Td>
              <Table.Td>{group.others ? t('others') : <Value value={group.from} />}</Table.Td>
              <Table.Td>{!group.others && <Value value={group.to} />}</Table.Td>
              <Table.Td>
                <Group gap={4}>
                  {group.examples.map((id, n) => (
                    <AppLink key={id} size="sm" miw={24} lh="24px" ta="center" to={`/decisions/${id}`} aria-label={`${t('show')} ${n + 1}`}>{n + 1}</AppLink>
                  ))}
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
