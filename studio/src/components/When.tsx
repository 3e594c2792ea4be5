import { useLanguage } from '../text/text';
import { dateTime, dateTimeInFull, relative, useNow } from './time';

/** An instant: how long ago or away, and when exactly; the zone on hover. */
export function When({ at, short = false }: { readonly at: string; readonly short?: boolean }) {
  const language = useLanguage();
  const now = useNow();
  return (
    <time dateTime={at} title={dateTimeInFull(at, language)}>
      {short ? relative(at, now, language) : `${relative(at, now, language)} · ${dateTime(at, language)}`}
    </time>
  );
}
