import { Button, Group, Stack, TextInput } from '@mantine/core';
import { IconTestPipe } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { useToast } from '../../../components/useToast';
import { testsQuery } from '../artefacts';
import { Tests } from '../Checks';
import type { DraftSaver } from '../editor/DraftSaver';
import { useArtefactsTexts } from '../useArtefactsTexts';
import { withTest, type TriedCase } from './storedTest';

interface Props {
  readonly kind: string;
  readonly artefactKey: string;
  readonly saver: DraftSaver;
  readonly tried: Omit<TriedCase, 'name'>;
  readonly taken: readonly string[];
}

/** Keeps what was tried as a test of the draft, and shows all of its tests with how they went. */
export function SaveAsTest({ kind, artefactKey, saver, tried, taken }: Props) {
  const t = useArtefactsTexts();
  const toast = useToast();
  const [name, setName] = useState('');
  const [isSaved, setSaved] = useState(false);
  const tests = useQuery({ ...testsQuery(kind, artefactKey, saver.hash), enabled: isSaved && saver.hasDraft, placeholderData: previous => previous });
  const chosen = name.trim();
  const isTaken = taken.includes(chosen);
  const save = async (event: SyntheticEvent) => {
    event.preventDefault();
    if (chosen === '' || isTaken) return;
    const takeBack = saver.replace(withTest(kind, saver.current, { ...tried, name: chosen }));
    await saver.flush();
    setSaved(true);
    setName('');
    toast.done(t('testSaved', { name: chosen }), async () => {
      takeBack();
      await saver.flush();
    });
  };
  return (
    <Stack gap="xs">
      <form onSubmit={event => void save(event)}>
        <Group gap="xs" align="flex-end" wrap="nowrap">
          <TextInput style={{ flex: 1 }} label={t('testName')} description={t('testNameHint')} error={isTaken && t('testNameTaken')} value={name} onChange={event => setName(event.currentTarget.value)} />
          <Button type="submit" variant="default" leftSection={<IconTestPipe size={16} aria-hidden />} disabled={chosen === '' || isTaken}>{t('saveAsTest')}</Button>
        </Group>
      </form>
      {isSaved && tests.data && <Tests tests={tests.data.tests} />}
    </Stack>
  );
}
