import { Chip } from '../../components/Chip';
import type { Batch } from './imports';
import { useImportsTexts } from './useImportsTexts';

const tones = { running: 'accent', succeeded: 'good', failed: 'bad', cancelled: 'warn', undone: 'plain' } as const;

/** How an import stands; a trial is said to be one. */
export function BatchStatus({ batch }: { readonly batch: Pick<Batch, 'status' | 'dryRun'> }) {
  const t = useImportsTexts();
  return <Chip tone={tones[batch.status]}>{batch.dryRun ? t('trialStatus', { status: t(`status.${batch.status}`) }) : t(`status.${batch.status}`)}</Chip>;
}
