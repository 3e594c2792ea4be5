import { JsonInput as MantineJsonInput } from '@mantine/core';
import { useState } from 'react';
import { useComponentTexts } from '../useComponentTexts';
import { same } from '../merge/threeWay';

interface Props {
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  readonly label?: string;
  readonly 'aria-label'?: string;
  readonly required?: boolean;
  readonly error?: string | undefined;
  readonly autoFocus?: boolean;
}

/** A value that has parts, as JSON; told only while what is written can be read. */
export function JsonInput({ value, onChange, error, ...rest }: Props) {
  const t = useComponentTexts();
  const [text, setText] = useState(() => written(value));
  const parsed = read(text);
  // What came from elsewhere is shown; what is being typed and says the same stays as it was typed.
  const shown = parsed.isRead && !same(parsed.value, value) ? written(value) : text;
  return (
    <MantineJsonInput {...rest} autosize minRows={2} maxRows={16} formatOnBlur value={shown} error={error ?? (parsed.isRead ? undefined : t('notJson'))}
      onChange={next => {
        setText(next);
        const now = read(next);
        if (now.isRead) onChange(now.value);
      }} />
  );
}

function written(value: unknown): string {
  return value === null || value === undefined ? '' : JSON.stringify(value, null, 2);
}

function read(text: string): { readonly isRead: boolean; readonly value: unknown } {
  if (text.trim() === '') return { isRead: true, value: null };
  try {
    return { isRead: true, value: JSON.parse(text) as unknown };
  } catch (e) {
    if (!(e instanceof SyntaxError)) throw e;
    return { isRead: false, value: null };
  }
}
