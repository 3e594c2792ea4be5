import { Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { nameOf } from '../../api/recordName';
import { recordQuery } from '../../api/records';
import { typeQuery } from '../../api/types';
import { AppLink } from '../../components/AppLink';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { Page } from '../../components/Page';
import { useAddress } from '../../components/useUrl';
import { FieldValue } from './FieldValue';

/** A record: its fields, as its type describes them. */
export default function RecordPage() {
  const { type = '', id = '' } = useAddress();
  const described = useQuery(typeQuery(type));
  const record = useQuery(recordQuery(type, id));
  const error = described.error ?? record.error;
  if (error !== null) return <Page title={type} help="studio#records"><ErrorNotice error={error} onRetry={() => void record.refetch()} /></Page>;
  if (!described.data || !record.data) return <Page title={type} help="studio#records"><LoadingState /></Page>;
  const values = record.data.data;
  return (
    <Page title={nameOf(described.data, values)} help="studio#records" above={<AppLink size="sm" to={`/records/${type}`}>{described.data.label}</AppLink>}>
      <Table.ScrollContainer minWidth={280}>
        <Table variant="vertical" layout="fixed">
          <Table.Tbody>
            {described.data.fields.map(field => (
              <Table.Tr key={field.name}>
                <Table.Th w="14rem" scope="row">{field.label}</Table.Th>
                <Table.Td><FieldValue field={field} value={values[field.name]} /></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Page>
  );
}
