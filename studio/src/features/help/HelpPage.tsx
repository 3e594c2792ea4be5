import { useQuery } from '@tanstack/react-query';
import { marked } from 'marked';
import { useEffect, type MouseEvent } from 'react';
import { AppLink } from '../../components/AppLink';
import { EmptyState } from '../../components/EmptyState';
import { LoadingState } from '../../components/LoadingState';
import { Page } from '../../components/Page';
import { useAddress, useGo } from '../../components/useUrl';
import { rendered } from './guide';
import styles from './HelpPage.module.css';
import { useHelpTexts } from './useHelpTexts';

const guides = import.meta.glob<string>('../../../../docs/*.md', { query: '?raw', import: 'default' });
const topics = Object.keys(guides).map(path => path.slice(path.lastIndexOf('/') + 1, -3)).sort();

/** The guides of docs/, as they stand; `#paragraph` leads to a heading. */
export default function HelpPage() {
  const t = useHelpTexts();
  const go = useGo();
  const { topic = 'studio' } = useAddress();
  const load = guides[`../../../../docs/${topic}.md`];
  const guide = useQuery({ queryKey: ['guide', topic], queryFn: async () => load ? rendered(marked, await load()) : null, staleTime: Infinity });
  useEffect(() => {
    if (guide.data && location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
  }, [guide.data]);

  const follow = (event: MouseEvent) => {
    const href = (event.target as HTMLElement).closest('a')?.getAttribute('href');
    if (!href?.startsWith('/help/')) return;
    event.preventDefault();
    go(href);
  };
  return (
    <Page title={guide.data?.title ?? t('title')} help="studio#guides">
      <div className={styles.columns}>
        <nav aria-label={t('topics')} className={styles.topics}>
          {topics.map(one => <AppLink key={one} to={`/help/${one}`} size="sm" underline="never" aria-current={one === topic ? 'page' : undefined}>{one.replaceAll('-', ' ')}</AppLink>)}
        </nav>
        {guide.isPending && <LoadingState />}
        {guide.data === null && <EmptyState title={t('none', { topic })} />}
        {guide.data && <article lang="en" className={styles.guide} onClick={follow} dangerouslySetInnerHTML={{ __html: guide.data.html }} />}
      </div>
    </Page>
  );
}
