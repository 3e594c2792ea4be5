import '@bpmn-io/form-js-viewer/dist/assets/form-js.css';
import { Form } from '@bpmn-io/form-js-viewer';
import { useEffect, useImperativeHandle, useRef, useState, type RefObject } from 'react';
import { ErrorNotice } from '../ErrorNotice';
import styles from './FormView.module.css';

export type FormValues = Readonly<Record<string, unknown>>;

export interface FormHandle {
  /** Shows what is wrong at the fields where something is. */
  isValid(): boolean;
}

interface Props {
  /** The form as JSON; another text is drawn with what was filled in so far. */
  readonly content: string;
  readonly initial: FormValues;
  readonly onChange?: (values: FormValues) => void;
  readonly handle?: RefObject<FormHandle | null>;
}

/** A form as its author drew it, in form-js's own viewer, which is large: whoever shows one loads this on demand. */
export function FormView({ content, initial, onChange, handle }: Props) {
  const container = useRef<HTMLDivElement>(null);
  const viewer = useRef<Form>(null);
  const values = useRef(initial);
  const tell = useRef(onChange);
  const [broken, setBroken] = useState<unknown>(null);
  useEffect(() => {
    tell.current = onChange;
  }, [onChange]);
  useImperativeHandle(handle, () => ({ isValid: () => Object.keys(viewer.current?.submit().errors ?? {}).length === 0 }), []);
  useEffect(() => {
    const place = container.current;
    if (place === null) return;
    const form = new Form({ container: place });
    viewer.current = form;
    const draw = async () => {
      // form-js wants the type that every form has, the service does not.
      await form.importSchema({ type: 'default', ...JSON.parse(content) as object }, { ...values.current });
      setBroken(null);
      form.on('changed', (event: { readonly data: FormValues }) => {
        values.current = event.data;
        tell.current?.(event.data);
      });
    };
    draw().catch(setBroken);
    return () => {
      viewer.current = null;
      form.destroy();
    };
  }, [content]);
  return (
    <>
      {broken !== null && <ErrorNotice error={broken} />}
      <div ref={container} className={styles.form} />
    </>
  );
}
