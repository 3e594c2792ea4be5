import { ApiError } from '../../api/client';
import type { TypeDescription } from '../../api/types';
import { isWritable, valueOf } from '../../components/fields/fields';
import { FieldInput } from '../../components/fields/FieldInput';
import type { Fields } from '../../components/merge/threeWay';
import styles from './records.module.css';

interface Props {
  readonly type: TypeDescription;
  /** As it was read; empty for a new one. */
  readonly saved: Fields;
  readonly changes: Fields;
  readonly onChange: (field: string, value: unknown) => void;
  /** What the service said to the last attempt. */
  readonly error: unknown;
}

/** A control for each field that people write, the tenant's own among them. */
export function RecordFields({ type, saved, changes, onChange, error }: Props) {
  return (
    <div className={styles.fields}>
      {type.fields.filter(isWritable).map(field => (
        <div key={field.name} className={field.type === 'json' || (field.maxLength ?? 0) > 400 ? styles.wide : undefined}>
          <FieldInput field={field} value={field.name in changes ? changes[field.name] : valueOf(saved, field.name)} onChange={value => onChange(field.name, value)} error={errorOf(error, field.name)} />
        </div>
      ))}
    </div>
  );
}

/** The service points at `/custom/colour` where the description says `custom.colour`, and below a field at its parts. */
function errorOf(error: unknown, name: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const place = `/${name.replace('custom.', 'custom/')}`;
  return error.problem.errors?.filter(one => one.pointer === place || one.pointer.startsWith(`${place}/`)).map(one => one.detail).join(' ') || undefined;
}
