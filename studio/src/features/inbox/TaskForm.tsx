import { Alert, Button, Group, NativeSelect, Radio, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useRef, useState } from 'react';
import { api, ApiError, type Schemas } from '../../api/client';
import { useMay } from '../../api/me';
import { queryClient } from '../../api/query';
import { typeQuery } from '../../api/types';
import { ErrorNotice } from '../../components/ErrorNotice';
import type { FormHandle } from '../../components/forms/FormView';
import { useKeys } from '../../components/keyboard';
import { LoadingState } from '../../components/LoadingState';
import { dateTime } from '../../components/time';
import { useToast } from '../../components/useToast';
import { useLanguage } from '../../text/text';
import type { Task } from './tasks';
import { useDraft } from './useDraft';
import { useInboxTexts } from './useInboxTexts';

const ArtefactForm = lazy(() => import('./ArtefactForm'));

interface ActionField {
  readonly name: string;
  readonly field?: string;
  readonly required?: boolean;
}

type Action = NonNullable<Schemas['Actions']['actions']>[number] & { readonly fields?: readonly ActionField[] };

/** What the task asks for: its form, the data of the action that an outcome performs, or a comment. */
export function TaskForm({ task }: { readonly task: Task }) {
  const t = useInboxTexts();
  const language = useLanguage();
  const toast = useToast();
  const may = useMay();
  const draft = useDraft(task);
  const [outcome, setOutcome] = useState(task.outcomes.length === 1 ? task.outcomes[0] ?? null : null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const form = useRef<FormHandle>(null);

  const subject = task.subject;
  const performsAction = task['completesAction'] === true;
  const actions = useQuery({
    queryKey: ['records', subject?.type, subject?.id, 'actions'],
    queryFn: ({ signal }) => api<{ readonly actions: readonly Action[] }>(`/api/${subject?.type ?? ''}/${subject?.id ?? ''}/actions`, { signal }),
    enabled: subject !== null && performsAction && may(`${subject.type}:read`),
  });
  const described = useQuery({ ...typeQuery(subject?.type ?? ''), enabled: subject !== null && may(`${subject.type}:read`) });
  const actionOf = (name: string | null) => actions.data?.actions.find(action => action.name === name);
  const labelOf = (name: string) => actionOf(name)?.label ?? name.replaceAll('_', ' ').replace(/^./, letter => letter.toUpperCase());
  const fields = task.form === null ? actionOf(outcome)?.fields ?? [] : [];
  const problemOf = (name: string) => error instanceof ApiError ? error.problem.errors?.find(one => one.pointer.replace('/data', '') === `/${name}`)?.detail : undefined;
  const text = (name: string) => {
    const value = draft.values[name];
    return typeof value === 'string' ? value : '';
  };
  const put = (name: string, value: string) => draft.change({ ...draft.values, [name]: value });

  const complete = async () => {
    if (isBusy) return;
    if (outcome === null) return setError(new Error(t('chooseOutcome')));
    if (form.current && !form.current.isValid()) return setError(new Error(t('formErrors')));
    setBusy(true);
    setError(null);
    const filled = Object.entries(draft.values).filter(([, value]) => value !== '');
    try {
      draft.stop();
      const done = await api<Task>(`/api/tasks/${task.id}/complete`, { method: 'POST', body: { outcome, data: Object.fromEntries(filled) } });
      toast.done(t('completed', { outcome: labelOf(done.outcome ?? outcome) }));
      await queryClient.invalidateQueries({ queryKey: ['records'] });
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  };
  useKeys([{ keys: 'mod+Enter', label: t('complete'), run: () => void complete() }]);

  return (
    <Stack>
      {task.form !== null && (
        <Suspense fallback={<LoadingState lines={4} />}>
          <ArtefactForm name={task.form} initial={draft.values} onChange={draft.change} handle={form} />
        </Suspense>
      )}
      <Radio.Group label={t('outcome')} value={outcome} onChange={setOutcome}>
        <Stack gap="xs" mt={6}>
          {task.outcomes.map(name => <Radio key={name} value={name} label={labelOf(name)} />)}
        </Stack>
      </Radio.Group>
      {fields.map(field => {
        const known = described.data?.fields.find(one => one.name === (field.field ?? field.name));
        const common = { label: known?.label ?? field.name, required: field.required === true, error: problemOf(field.name), value: text(field.name) };
        return known?.choices
          ? <NativeSelect key={field.name} {...common} data={['', ...known.choices]} onChange={event => put(field.name, event.currentTarget.value)} />
          : <TextInput key={field.name} {...common} type={known?.type === 'date' ? 'date' : 'text'} onChange={event => put(field.name, event.currentTarget.value)} />;
      })}
      {task.form === null && !performsAction && (
        <Textarea label={t('comment')} description={t('commentHint')} autosize minRows={2} maxRows={10} error={problemOf('comment')}
          value={text('comment')} onChange={event => put('comment', event.currentTarget.value)} />
      )}
      {error instanceof ApiError && <ErrorNotice error={error} />}
      {error !== null && !(error instanceof ApiError) && <Alert color="red" variant="outline" role="alert">{error instanceof Error ? error.message : ''}</Alert>}
      <Group justify="space-between">
        <Button onClick={() => void complete()} loading={isBusy} aria-keyshortcuts="Control+Enter">{t('complete')}</Button>
        <Text size="sm" c="dimmed" role="status">
          {draft.state === 'kept' && t('draft.saved', { time: dateTime(draft.savedAt, language) })}
          {draft.state === 'saving' && t('draft.saving')}
          {draft.state === 'failed' && t('draft.failed')}
        </Text>
      </Group>
    </Stack>
  );
}
