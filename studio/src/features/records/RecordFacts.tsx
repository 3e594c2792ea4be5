import type { AnyRecord } from '../../api/records';
import type { TypeDescription } from '../../api/types';
import card from '../../components/Card.module.css';
import { isWritable, valueOf } from '../../components/fields/fields';
import { FieldValue } from '../../components/fields/FieldValue';
import { useComponentTexts } from '../../components/useComponentTexts';
import styles from './records.module.css';
import { useRecordsTexts } from './useRecordsTexts';

interface Props {
  readonly type: TypeDescription;
  readonly record: AnyRecord;
  /** Also what could be written, by somebody else. */
  readonly isAll: boolean;
}

/** What is to be read, not written: what the service and the lifecycle say of the record. */
export function RecordFacts({ type, record, isAll }: Props) {
  const t = useRecordsTexts();
  const common = useComponentTexts();
  const fields = type.fields.filter(field => isAll || !isWritable(field));
  return (
    <section className={card.card} aria-label={t('facts')}>
      <dl className={styles.facts}>
        {fields.map(field => {
          const value = valueOf(record, field.name);
          return (
            <div key={field.name} style={{ display: 'contents' }}>
              <dt>{field.label}</dt>
              <dd>{value === null || value === undefined || value === '' ? common('nothing') : <FieldValue field={field} value={value} />}</dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
}
