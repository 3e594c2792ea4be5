import './json';
import { Stack, Text, Title } from '@mantine/core';
import { FormView } from '../../../components/forms/FormView';
import type { EditorProps } from '../editor/editorProps';
import { TextEditor } from '../text/TextEditor';
import styles from '../text/TextEditor.module.css';
import { useProblems } from '../text/useProblems';
import { ProblemsPanel } from '../trial/ProblemsPanel';
import { useArtefactsTexts } from '../useArtefactsTexts';

/**
 * A form as JSON, with what it asks beside it. What is drawn is what the service took last: it takes nothing that a form may not
 * show, such as a page of others, so none is shown here either.
 */
export default function FormEditor({ kind, artefactKey, incoming, canWrite, saver }: EditorProps) {
  const t = useArtefactsTexts();
  const problems = useProblems(kind, artefactKey, saver);
  return (
    <div className={styles.halves}>
      <TextEditor label={artefactKey} language="json" incoming={incoming} readOnly={!canWrite} onChange={text => saver.change(text)} problems={problems} />
      <Stack gap="sm" component="section" className={styles.side} aria-label={t('preview')}>
        <ProblemsPanel kind={kind} artefactKey={artefactKey} saver={saver} />
        <Title order={2} size="h4">{t('preview')}</Title>
        <Text size="sm" c="dimmed">{t('previewForm')}</Text>
        <FormView content={saver.kept} initial={{}} />
      </Stack>
    </div>
  );
}
