import { Tabs } from '@mantine/core';
import { useUrlState } from '../../../components/useUrl';
import type { DraftSaver } from '../editor/DraftSaver';
import { useArtefactsTexts } from '../useArtefactsTexts';
import { AnalysisPanel } from './AnalysisPanel';
import { HitsPanel } from './HitsPanel';
import { ProblemsPanel } from './ProblemsPanel';
import styles from './Tools.module.css';
import type { Trial } from './trial';
import { TrialPanel } from './TrialPanel';

interface Props {
  readonly kind: string;
  readonly artefactKey: string;
  readonly saver: DraftSaver;
  /** Which decision of a model is looked at; undefined for a rule set. */
  readonly decision?: string | undefined;
  readonly rows?: readonly { readonly id: string }[];
  readonly onTrial?: (trial: Trial | null) => void;
}

/** Beside an editor of what decides: try it, what is wrong, what can be said of it, how often it was used. */
export function Tools({ kind, artefactKey, saver, decision, rows, onTrial }: Props) {
  const t = useArtefactsTexts();
  const [url, setUrl] = useUrlState();
  return (
    <Tabs className={styles.tools} value={url['tool'] ?? 'try'} onChange={tool => setUrl({ tool: tool === 'try' ? null : tool })} keepMounted={false}>
      <Tabs.List>
        <Tabs.Tab value="try">{t('tool.try')}</Tabs.Tab>
        <Tabs.Tab value="problems">{t('tool.problems')}</Tabs.Tab>
        <Tabs.Tab value="analysis">{t('tool.analysis')}</Tabs.Tab>
        <Tabs.Tab value="hits">{t('tool.hits')}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="try" pt="sm"><TrialPanel kind={kind} artefactKey={artefactKey} saver={saver} decision={decision} onTrial={onTrial} /></Tabs.Panel>
      <Tabs.Panel value="problems" pt="sm"><ProblemsPanel kind={kind} artefactKey={artefactKey} saver={saver} /></Tabs.Panel>
      <Tabs.Panel value="analysis" pt="sm"><AnalysisPanel kind={kind} artefactKey={artefactKey} hash={saver.hash} decision={decision} /></Tabs.Panel>
      <Tabs.Panel value="hits" pt="sm"><HitsPanel kind={kind} artefactKey={artefactKey} decision={decision} rows={rows} /></Tabs.Panel>
    </Tabs>
  );
}
