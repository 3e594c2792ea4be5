import { Button } from '@mantine/core';
import { IconRocket } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, type ReactNode } from 'react';
import type { Answer } from '../../../api/client';
import { useMay } from '../../../api/me';
import { AppLink } from '../../../components/AppLink';
import { EmptyState } from '../../../components/EmptyState';
import { ErrorNotice } from '../../../components/ErrorNotice';
import { LoadingState } from '../../../components/LoadingState';
import { Page } from '../../../components/Page';
import { useAddress, useGo } from '../../../components/useUrl';
import { addressOf, type ArtefactText } from '../artefacts';
import { useArtefactsTexts } from '../useArtefactsTexts';
import type { EditorProps } from './editorProps';
import { SaveStatus } from './SaveStatus';
import { readDraft, useDraft } from './useDraft';

const editors = {
  decision: lazy(() => import('../decisions/DecisionEditor')),
  ruleset: lazy(() => import('../rulesets/RulesetEditor')),
  form: lazy(() => import('../forms/FormEditor')),
  template: lazy(() => import('../templates/TemplateEditor')),
  calendar: lazy(() => import('../calendars/CalendarEditor')),
} as const;

const editorFor = (kind: string) => kind in editors ? editors[kind as keyof typeof editors] : undefined;

/** The draft of an artefact, or what counts where there is none, in the editor of its kind. */
export default function EditorPage() {
  const { kind = '', key = '' } = useAddress();
  return <Loaded key={`${kind}/${key}`} kind={kind} artefactKey={key} />;
}

interface Which { readonly kind: string; readonly artefactKey: string }

function Loaded({ kind, artefactKey }: Which) {
  const t = useArtefactsTexts();
  // Read once: what others do afterwards comes in when it is saved.
  const read = useQuery({ queryKey: ['artefact-editor', kind, artefactKey], queryFn: () => readDraft(kind, artefactKey), staleTime: Infinity, gcTime: 0 });
  const Editor = editorFor(kind);
  if (read.isSuccess && Editor) return <Editing kind={kind} artefactKey={artefactKey} read={read.data} Editor={Editor} />;
  return (
    <Page title={artefactKey} help="studio#editing" above={<AppLink size="sm" to={addressOf(kind, artefactKey)}>{artefactKey}</AppLink>}>
      {read.isPending && <LoadingState />}
      {read.isError && <ErrorNotice error={read.error} onRetry={() => void read.refetch()} />}
      {read.isSuccess && <EmptyState title={t('noEditor')} />}
    </Page>
  );
}

function Editing({ kind, artefactKey, read, Editor }: Which & { readonly read: Answer<ArtefactText>; readonly Editor: (props: EditorProps) => ReactNode }) {
  const t = useArtefactsTexts();
  const go = useGo();
  const canWrite = useMay()('artefacts:write');
  const { saver, incoming, dialog } = useDraft(kind, artefactKey, read);
  return (
    <Page fill title={t('editTitle', { key: artefactKey })} help="studio#editing" of={{ type: 'artefacts', id: `${kind}/${artefactKey}` }} above={<AppLink size="sm" to={addressOf(kind, artefactKey)}>{artefactKey}</AppLink>}
      actions={canWrite && (
        <>
          <SaveStatus saver={saver} />
          <Button leftSection={<IconRocket size={16} aria-hidden />} onClick={() => void saver.flush().then(() => go(`${addressOf(kind, artefactKey)}/review`))}>{t('review')}</Button>
        </>
      )}>
      <Suspense fallback={<LoadingState />}>
        <Editor kind={kind} artefactKey={artefactKey} incoming={incoming} canWrite={canWrite} saver={saver} />
      </Suspense>
      {dialog}
    </Page>
  );
}
