import { IconAlertTriangle, IconCircle, IconCircleCheck, IconCircleDashed, IconPlayerPause, IconProgress, IconX, type Icon } from '@tabler/icons-react';
import type { ComponentProps } from 'react';
import { Chip } from '../../components/Chip';
import { useNames } from './usePortingTexts';

type Look = readonly [tone: ComponentProps<typeof Chip>['tone'], icon: Icon];

const looks: Readonly<Record<string, Look>> = {
  not_started: ['plain', IconCircleDashed],
  planning: ['plain', IconCircleDashed],
  loa_rejected: ['warn', IconAlertTriangle],
  on_hold: ['warn', IconPlayerPause],
  ported: ['good', IconCircle],
  verified: ['good', IconCircleCheck],
  completed: ['good', IconCircleCheck],
  failed: ['bad', IconX],
  cancelled: ['bad', IconX],
};

/** A state of a lifecycle: a word, a shape and a colour. What is between start and end is under way. */
export function StatusChip({ status }: { readonly status: string }) {
  const names = useNames();
  const [tone, Shape] = looks[status] ?? ['accent', IconProgress];
  return <Chip tone={tone} icon={<Shape size={14} aria-hidden />}>{names.status(status)}</Chip>;
}
