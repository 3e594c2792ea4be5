import { useLanguage } from '../../text/text';
import { date, dateTime } from '../../components/time';
import { useComponentTexts } from '../../components/useComponentTexts';
import type { FieldDescription } from '../../api/types';

/** A value as its field's type is read. */
export function FieldValue({ field, value }: { readonly field: FieldDescription; readonly value: unknown }) {
  const language = useLanguage();
  const t = useComponentTexts();
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'boolean') return value ? t('yes') : t('no');
  if (typeof value === 'number') return value.toLocaleString(language);
  if (typeof value !== 'string') return JSON.stringify(value);
  if (field.type === 'instant') return dateTime(value, language);
  if (field.type === 'date') return date(value, language);
  if (field.type === 'choice') return value.replaceAll('_', ' ');
  return value;
}
