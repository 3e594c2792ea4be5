import type { ColumnDef } from '@tanstack/react-table';
import { nameOf } from '../../api/recordName';
import type { AnyRecord } from '../../api/records';
import type { TypeDescription } from '../../api/types';
import { AppLink } from '../../components/AppLink';
import { isBrief, valueOf } from '../../components/fields/fields';
import { FieldValue } from '../../components/fields/FieldValue';
import { EditableCell } from './EditableCell';
import styles from './records.module.css';

/** A column for each field that is chosen; the first leads to the record. */
export function columnsOf(type: TypeDescription, chosen: readonly string[]): ColumnDef<AnyRecord>[] {
  const fields = chosen.flatMap(name => type.fields.find(field => field.name === name) ?? []);
  const editable = type.granted['update'] ? fields.slice(1).filter(isBrief).map(field => field.name) : [];
  return fields.map((field, i) => ({
    id: field.name,
    header: field.label,
    size: i === 0 ? 220 : 160,
    meta: { ...(field.sortable && { sort: field.name }), wide: i > 1, ...(['integer', 'number', 'decimal'].includes(field.type) && { align: 'end' as const }) },
    cell: ({ row: { original: record } }) => {
      const value = valueOf(record, field.name);
      if (i === 0) {
        return (
          <AppLink to={`/records/${type.name}/${record.id}`} className={styles.name} size="sm" underline="never">
            {field.reference === undefined && value !== null && value !== undefined && value !== '' ? <FieldValue field={field} value={value} /> : nameOf(type, record)}
          </AppLink>
        );
      }
      const at = editable.indexOf(field.name);
      return at < 0
        ? <FieldValue field={field} value={value} />
        : <EditableCell id={record.id} name={nameOf(type, record)} field={field} value={value} next={editable[at + 1] ?? null} previous={editable[at - 1] ?? null} />;
    },
  }));
}
