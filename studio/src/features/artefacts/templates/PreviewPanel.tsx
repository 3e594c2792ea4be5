import { Code, Select, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../api/client';
import { nameOf } from '../../../api/recordName';
import { recordPageQuery } from '../../../api/records';
import { typesQuery } from '../../../api/types';
import { ErrorNotice } from '../../../components/ErrorNotice';
import { LoadingState } from '../../../components/LoadingState';
import { useUrlState } from '../../../components/useUrl';
import { pathOf, type ArtefactProblem } from '../artefacts';
import { Problems } from '../Checks';
import { useArtefactsTexts } from '../useArtefactsTexts';

interface Preview {
  readonly text: string;
  readonly target: 'html' | 'txt' | 'ps1' | 'csv';
  /** What the template was given. */
  readonly model: Readonly<Record<string, unknown>>;
}

interface Props {
  readonly artefactKey: string;
  readonly hash: string;
  readonly problems: readonly ArtefactProblem[];
}

/** What the draft produces for a real record, which is chosen in the address. */
export function PreviewPanel({ artefactKey, hash, problems }: Props) {
  const t = useArtefactsTexts();
  const [url, setUrl] = useUrlState();
  const { type = '', id = '' } = url;
  const types = useQuery(typesQuery);
  const preview = useQuery({
    queryKey: ['artefact-preview', artefactKey, hash, type, id],
    queryFn: ({ signal }) => api<Preview>(`${pathOf('template', artefactKey)}/preview`, { method: 'POST', body: { subject: { type, id } }, signal }),
    enabled: type !== '' && id !== '',
    placeholderData: previous => previous,
    retry: false,
  });
  return (
    <Stack gap="sm">
      <Problems problems={problems} />
      <Select label={t('previewOf')} searchable placeholder={t('chooseTest')} data={types.data?.items.map(one => ({ value: one.name, label: one.label })) ?? []}
        value={type || null} onChange={chosen => setUrl({ type: chosen, id: null })} />
      {type !== '' && <RecordChoice key={type} type={type} id={id} onChoose={chosen => setUrl({ id: chosen })} />}
      {type !== '' && id !== '' && preview.isPending && <LoadingState />}
      {preview.isError && <ErrorNotice error={preview.error} />}
      {preview.isSuccess && id !== '' && <Shown preview={preview.data} />}
    </Stack>
  );
}

function RecordChoice({ type, id, onChoose }: { readonly type: string; readonly id: string; readonly onChoose: (id: string | null) => void }) {
  const t = useArtefactsTexts();
  const [typed, setTyped] = useState('');
  const [sought] = useDebouncedValue(typed, 250);
  const described = useQuery(typesQuery).data?.items.find(one => one.name === type);
  const isSearchable = described?.searchable === true;
  const records = useQuery({ ...recordPageQuery(type, { limit: '20', ...(isSearchable && sought !== '' && { q: sought }) }), placeholderData: previous => previous });
  return (
    <Select label={t('previewRecord')} searchable placeholder={t('chooseTest')} searchValue={typed} onSearchChange={setTyped} {...(isSearchable && { filter: ({ options }) => options })}
      data={described ? records.data?.items.map(record => ({ value: record.id, label: nameOf(described, record) })) ?? [] : []} value={id || null} onChange={onChoose} />
  );
}

/** A document is drawn in a frame that may run nothing; anything else is a text. */
function Shown({ preview }: { readonly preview: Preview }) {
  const t = useArtefactsTexts();
  return (
    <Stack gap="xs">
      {preview.target === 'html'
        ? <iframe title={t('preview')} sandbox="" srcDoc={preview.text} style={{ width: '100%', height: '50vh', border: '1px solid var(--sb-line)', borderRadius: 8, background: '#fff' }} />
        : <Code block tabIndex={0} aria-label={t('preview')} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{preview.text}</Code>}
      <Text size="sm" fw={600}>{t('previewModel')}</Text>
      <Code block tabIndex={0} aria-label={t('previewModel')} style={{ maxHeight: 260, overflow: 'auto' }}>{JSON.stringify(preview.model, null, 2)}</Code>
    </Stack>
  );
}
