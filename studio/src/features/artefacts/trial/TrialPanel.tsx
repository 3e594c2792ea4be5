import { Button, Group, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay } from '../../../api/me';
import { ErrorNotice } from '../../../components/ErrorNotice';
import { LoadingState } from '../../../components/LoadingState';
import { useComponentTexts } from '../../../components/useComponentTexts';
import type { DraftSaver } from '../editor/DraftSaver';
import { useArtefactsTexts } from '../useArtefactsTexts';
import { PastDecisions } from './PastDecisions';
import { SaveAsTest } from './SaveAsTest';
import { inputOf, isText, questionsQuery, textOf, tryIt, type Trial, type TrialInput } from './trial';
import { TrialResult } from './TrialResult';

interface Props {
  readonly kind: string;
  readonly artefactKey: string;
  readonly saver: DraftSaver;
  readonly decision?: string | undefined;
  readonly onTrial?: ((trial: Trial | null) => void) | undefined;
}

/** Asks the draft something, beginning with what a test case or a past decision asked; what came out can become a test. */
export function TrialPanel({ kind, artefactKey, saver, decision, onTrial }: Props) {
  const t = useArtefactsTexts();
  const may = useMay();
  const questions = useQuery({ ...questionsQuery(kind, artefactKey, saver.hash), placeholderData: previous => previous });
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const [asked, setAsked] = useState<string | undefined>(undefined);
  const [wrong, setWrong] = useState<string | null>(null);
  const decisions = questions.data?.decisions ?? [];
  const named = asked ?? decision ?? decisions.at(-1)?.name ?? undefined;
  const trial = useMutation({
    mutationFn: async (input: Readonly<Record<string, unknown>>) => {
      await saver.flush(); // what is tried is what is on the screen
      return { trial: await tryIt(kind, artefactKey, input, named), input, decision: named };
    },
    onSuccess: made => onTrial?.(made.trial),
    onError: () => onTrial?.(null),
  });
  if (questions.isPending) return <LoadingState />;
  if (questions.isError) return <ErrorNotice error={questions.error} onRetry={() => void questions.refetch()} />;
  const inputs = decisions.find(one => (one.name ?? undefined) === named)?.inputs ?? [];
  const { tests } = questions.data;
  const begin = (from: { readonly decision: string | null; readonly input: Readonly<Record<string, unknown>> | null } | undefined) => {
    if (!from) return;
    setAsked(from.decision ?? decisions.at(-1)?.name ?? undefined);
    setTyped(Object.fromEntries(Object.entries(from.input ?? {}).map(([input, value]) => [input, textOf(value)])));
  };
  const ask = () => {
    const given = inputOf(typed, inputs);
    setWrong('wrong' in given ? given.wrong : null);
    if ('input' in given) trial.mutate(given.input);
  };
  return (
    <Stack gap="xs">
      <Stack gap="xs" component="form" onSubmit={event => { event.preventDefault(); ask(); }}>
        {tests.length > 0 && (
          <Select label={t('fromTest')} placeholder={t('chooseTest')} data={[...new Set(tests.map(test => test.name))]} value={null} searchable onChange={name => begin(tests.find(test => test.name === name))} />
        )}
        {may('decisions:read') && <PastDecisions kind={kind} artefactKey={artefactKey} onChoose={begin} />}
        {decisions.length > 1 && (
          <Select label={t('decide')} allowDeselect={false} data={decisions.flatMap(one => one.name ?? [])} value={named ?? null} onChange={name => setAsked(name ?? undefined)} />
        )}
        {inputs.length === 0 && <Text size="sm" c="dimmed">{t('asksNothing')}</Text>}
        {inputs.map(input => (
          <InputField key={input.name} input={input} value={typed[input.name] ?? ''} error={wrong === input.name ? t('noJson') : undefined}
            onChange={value => setTyped({ ...typed, [input.name]: value })} />
        ))}
        <Group justify="flex-end"><Button type="submit" leftSection={<IconPlayerPlay size={16} aria-hidden />} loading={trial.isPending}>{t('tryIt')}</Button></Group>
      </Stack>
      {trial.isError && <ErrorNotice error={trial.error} />}
      {trial.isSuccess && <TrialResult trial={trial.data.trial} />}
      {trial.isSuccess && may('artefacts:write') && (
        <SaveAsTest kind={kind} artefactKey={artefactKey} saver={saver} taken={tests.map(test => test.name)}
          tried={{ decision: trial.data.decision, input: trial.data.input, inputs, output: trial.data.trial.output }} />
      )}
    </Stack>
  );
}

interface FieldProps { readonly input: TrialInput; readonly value: string; readonly error: string | undefined; readonly onChange: (value: string) => void }

function InputField({ input: { name, type, fields }, value, error, onChange }: FieldProps) {
  const common = useComponentTexts();
  if (type === 'boolean') {
    return <Select label={name} clearable clearButtonProps={{ 'aria-label': common('nothing') }} data={[{ value: 'true', label: common('yes') }, { value: 'false', label: common('no') }]} value={value || null} onChange={chosen => onChange(chosen ?? '')} />;
  }
  if (type === 'number' || isText(type)) {
    return <TextInput label={name} description={type === 'string' ? undefined : type} inputMode={type === 'number' ? 'decimal' : 'text'} value={value} onChange={event => onChange(event.currentTarget.value)} />;
  }
  const shape = fields?.map(field => `${field.name}: ${field.type}`).join(', ');
  return (
    <Textarea label={name} description={shape === undefined ? type : `${type}: {${shape}}`} error={error} autosize minRows={2} maxRows={12} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      value={value} onChange={event => onChange(event.currentTarget.value)} />
  );
}
