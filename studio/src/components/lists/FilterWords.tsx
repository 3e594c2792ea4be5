import { useQuery } from '@tanstack/react-query';
import { recordNameQuery } from '../../api/names';
import type { FieldDescription, TypeDescription } from '../../api/types';
import { FieldValue } from '../fields/FieldValue';
import { inWords } from '../fields/fields';
import { useLanguage } from '../../text/text';
import { daysAway } from '../time';
import { useComponentTexts } from '../useComponentTexts';
import { daysOf, isEnd, operatorKey, valuesOf, type Filter } from './filters';

interface Props {
  readonly type: TypeDescription;
  readonly filter: Filter;
}

/** A condition as a sentence: "Status is one of failed, ported". */
export function FilterWords({ type, filter: { field: name, op, value } }: Props) {
  const t = useComponentTexts();
  const language = useLanguage();
  const field = type.fields.find(one => one.name === name);
  if (!field) return `${inWords(name)}: ${value === 'true' ? t('yes') : t('no')}`;
  if (op === 'null') return `${field.label} ${value === 'true' ? t('op.isEmpty') : t('op.isNotEmpty')}`;
  const days = isEnd(op, field) ? daysOf(value) : null;
  if (days !== null) return `${field.label} ${t(operatorKey(op, field) as 'op.eq')} ${days === 0 ? t('now') : daysAway(days, language)}`;
  const values = op === 'in' || op === 'nin' ? valuesOf(value) : [value];
  return (
    <>
      {field.label} {t(operatorKey(op, field) as 'op.eq')}{' '}
      {values.map((one, i) => <span key={one}>{i > 0 && ', '}{field.reference === undefined ? <FieldValue field={field} value={field.type === 'boolean' ? one === 'true' : one} /> : <Named field={field} id={one} />}</span>)}
    </>
  );
}

/** Within a button there is no link. */
function Named({ field, id }: { readonly field: FieldDescription; readonly id: string }) {
  const name = useQuery(recordNameQuery(field.reference ?? '', id));
  return name.data ?? id.slice(0, 8);
}
