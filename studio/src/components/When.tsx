import { useLanguage } from '../text/text';
import { dateTime, dateTimeInFull, relative, useNow } from './time';

interface Props {
  readonly at: string;
  /** How long ago or away, and no more. */
  readonly short?: boolean;
  /** The same as narrow as a column. */
  readonly narrow?: boolean;
}

/** An instant: how long ago or away, and when exactly; the zone on hover. */
export function When({ at, short = false, narrow = false }: Props) {
  const language = useLanguage();
  const now = useNow();
  return (
    <time dateTime={at} title={dateTimeInFull(at, language)}>
      {narrow ? relative(at, now, language, 'narrow') : short ? relative(at, now, language) : `${relative(at, now, language)} · ${dateTime(at, language)}`}
    </time>
  );
}
