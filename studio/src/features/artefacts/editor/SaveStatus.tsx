import { IconAlertTriangle, IconCheck, IconCloudOff, IconPencil } from '@tabler/icons-react';
import { Chip } from '../../../components/Chip';
import { useExplain } from '../../../components/ErrorNotice';
import { useArtefactsTexts } from '../useArtefactsTexts';
import type { DraftSaver, SaveState } from './DraftSaver';

const looks = {
  clean: { tone: 'plain', icon: null },
  waiting: { tone: 'plain', icon: <IconPencil size={14} aria-hidden /> },
  saving: { tone: 'plain', icon: <IconPencil size={14} aria-hidden /> },
  saved: { tone: 'good', icon: <IconCheck size={14} aria-hidden /> },
  refused: { tone: 'warn', icon: <IconAlertTriangle size={14} aria-hidden /> },
  failed: { tone: 'bad', icon: <IconCloudOff size={14} aria-hidden /> },
} as const satisfies Record<SaveState, unknown>;

/** Whether the service has what is typed; a failed saving is never hidden. */
export function SaveStatus({ saver }: { readonly saver: DraftSaver }) {
  const t = useArtefactsTexts();
  const explain = useExplain();
  const { tone, icon } = looks[saver.state];
  const why = saver.state === 'failed' || saver.state === 'refused' ? explain(saver.error) : undefined;
  return <span role="status"><Chip tone={tone} icon={icon} {...(why !== undefined && { title: why })}>{t(`save.${saver.state}`)}</Chip></span>;
}
