import '@bpmn-io/form-js-viewer/dist/assets/form-js.css';
import { Form } from '@bpmn-io/form-js-viewer';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useImperativeHandle, useRef, useState, type RefObject } from 'react';
import { api } from '../../api/client';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import styles from './ArtefactForm.module.css';
import type { Values } from './useDraft';

export interface ArtefactFormHandle {
  /** Shows what is wrong at the fields where something is. */
  isValid(): boolean;
}

interface Props {
  /** The key of the form artefact. */
  readonly name: string;
  readonly initial: Values;
  readonly onChange: (values: Values) => void;
  readonly handle: RefObject<ArtefactFormHandle | null>;
}

/** A form as its author drew it, in form-js's own viewer; loaded when a task has one. */
export default function ArtefactForm({ name, initial, onChange, handle }: Props) {
  const artefact = useQuery({ queryKey: ['artefacts', 'form', name], queryFn: ({ signal }) => api<{ readonly content: string }>(`/api/artefacts/form/${name}`, { signal }) });
  const container = useRef<HTMLDivElement>(null);
  const viewer = useRef<Form>(null);
  const tell = useRef(onChange);
  const first = useRef(initial);
  const [broken, setBroken] = useState<unknown>(null);
  const content = artefact.data?.content;
  useEffect(() => {
    tell.current = onChange;
  }, [onChange]);
  useImperativeHandle(handle, () => ({ isValid: () => Object.keys(viewer.current?.submit().errors ?? {}).length === 0 }), []);
  useEffect(() => {
    const place = container.current;
    if (content === undefined || place === null) return;
    const form = new Form({ container: place });
    viewer.current = form;
    form.importSchema(JSON.parse(content), { ...first.current }).then(
      () => form.on('changed', (event: { readonly data: Values }) => tell.current(event.data)),
      setBroken);
    return () => {
      viewer.current = null;
      form.destroy();
    };
  }, [content]);
  const error = artefact.error ?? broken;
  return (
    <>
      {artefact.isPending && <LoadingState lines={4} />}
      {error !== null && <ErrorNotice error={error} onRetry={() => void artefact.refetch()} />}
      <div ref={container} className={styles.form} />
    </>
  );
}
