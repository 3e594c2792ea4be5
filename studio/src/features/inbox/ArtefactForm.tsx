import { useQuery } from '@tanstack/react-query';
import type { RefObject } from 'react';
import { api } from '../../api/client';
import { ErrorNotice } from '../../components/ErrorNotice';
import { FormView, type FormHandle, type FormValues } from '../../components/forms/FormView';
import { LoadingState } from '../../components/LoadingState';

interface Props {
  /** The key of the form artefact. */
  readonly name: string;
  readonly initial: FormValues;
  readonly onChange: (values: FormValues) => void;
  readonly handle: RefObject<FormHandle | null>;
}

/** The form that a task asks for; loaded when a task has one. */
export default function ArtefactForm({ name, initial, onChange, handle }: Props) {
  const artefact = useQuery({ queryKey: ['artefacts', 'form', name], queryFn: ({ signal }) => api<{ readonly content: string }>(`/api/artefacts/form/${name}`, { signal }) });
  if (artefact.isPending) return <LoadingState lines={4} />;
  if (artefact.isError) return <ErrorNotice error={artefact.error} onRetry={() => void artefact.refetch()} />;
  return <FormView content={artefact.data.content} initial={initial} onChange={onChange} handle={handle} />;
}
