import { useEffect } from 'react';
import styles from './DesignerPage.module.css';
import { useDesignerTexts } from './useDesignerTexts';

/** What the page is called; its frame outlives it, see {@link DesignerFrame} and the shell. */
export default function DesignerPage() {
  const t = useDesignerTexts();
  useEffect(() => {
    document.title = `${t('title')} · Switchboard`;
  }, [t]);
  return <h1 className={styles.heading}>{t('title')}</h1>;
}
