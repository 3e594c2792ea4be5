import { Group, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { AppLink } from '../../../components/AppLink';
import { ErrorNotice } from '../../../components/ErrorNotice';
import { dateTime } from '../../../components/time';
import { useLanguage } from '../../../text/text';
import { useArtefactsTexts } from '../useArtefactsTexts';
import { pastQuery, textOf, type PastDecision } from './trial';

interface Props {
  readonly kind: string;
  readonly artefactKey: string;
  readonly onChoose: (decision: PastDecision) => void;
}

/** The last decisions by an artefact, with their time, outcome and case: each can be asked again. For those who may see what was decided. */
export function PastDecisions({ kind, artefactKey, onChoose }: Props) {
  const t = useArtefactsTexts();
  const language = useLanguage();
  const [chosen, setChosen] = useState<string | null>(null);
  const past = useQuery(pastQuery(kind, artefactKey));
  if (past.isError) return <ErrorNotice error={past.error} onRetry={() => void past.refetch()} />;
  const found = past.data ?? [];
  const decision = found.find(one => one.id === chosen);
  const subject = decision?.cause.subject;
  const label = ({ at, output, cause }: PastDecision) =>
    [dateTime(at, language), textOf(output).replace(/\s+/g, ' ').slice(0, 80), cause.subject && `${cause.subject.type} ${cause.subject.id.slice(-6)}`].filter(Boolean).join(' · ');
  return (
    <>
      <Select label={t('fromDecision')} placeholder={t(past.isSuccess && found.length === 0 ? 'noDecisions' : 'chooseTest')} disabled={found.length === 0} searchable allowDeselect={false}
        data={found.map(one => ({ value: one.id, label: label(one) }))} value={chosen} onChange={id => {
          setChosen(id);
          const made = found.find(one => one.id === id);
          if (made) onChoose(made);
        }} />
      {decision && (
        <Group gap="md">
          <AppLink size="sm" to={`/decisions/${decision.id}`}>{t('theDecision')}</AppLink>
          {subject && <AppLink size="sm" to={`/records/${subject.type}/${subject.id}`}>{t('theCase')}</AppLink>}
        </Group>
      )}
    </>
  );
}
