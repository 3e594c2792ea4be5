import type { FieldDescription } from '../../api/types';
import { useLanguage } from '../../text/text';
import { date, dateTime, dateTimeInFull } from '../time';
import { useComponentTexts } from '../useComponentTexts';
import { inWords } from './fields';
import { ReferenceName } from './ReferenceName';

/** A value as its field's type is read. */
export function FieldValue({ field, value }: { readonly field: FieldDescription; readonly value: unknown }) {
  const language = useLanguage();
  const t = useComponentTexts();
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'boolean') return value ? t('yes') : t('no');
  if (typeof value === 'number') return value.toLocaleString(language);
  if (Array.isArray(value) && value.every(one => typeof one === 'string')) {
    const reference = field.reference;
    if (reference === undefined) return value.map(inWords).join(', ');
    return value.map((id, i) => <span key={id}>{i > 0 && ', '}<ReferenceName type={reference} id={id} /></span>);
  }
  if (typeof value !== 'string') return <code>{JSON.stringify(value)}</code>;
  if (field.reference !== undefined) return <ReferenceName type={field.reference} id={value} />;
  if (field.type === 'instant') return <time dateTime={value} title={dateTimeInFull(value, language)}>{dateTime(value, language)}</time>;
  if (field.type === 'date') return date(value, language);
  if (field.type === 'choice') return inWords(value);
  return value;
}
