import { Chip } from '../../components/Chip';
import type { ArtefactState } from './artefacts';
import { useArtefactsTexts } from './useArtefactsTexts';

const tones = { draft: 'accent', scheduled: 'warn', published: 'good', superseded: 'plain', retracted: 'bad' } as const;

export function StateChip({ state }: { readonly state: ArtefactState }) {
  const t = useArtefactsTexts();
  return <Chip tone={tones[state]}>{t(`state.${state}`)}</Chip>;
}
