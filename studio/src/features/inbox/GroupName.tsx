import { useQuery } from '@tanstack/react-query';
import { useMay } from '../../api/me';
import { recordNameQuery } from '../../api/names';
import { inWords } from '../../components/fields/fields';
import { dayInFull } from '../../components/time';
import { useLanguage } from '../../text/text';
import { None, type GroupBy } from './groups';
import { useInboxTexts } from './useInboxTexts';

const types = { migrationId: 'migrations', siteId: 'sites' } as const;

/** What people call a group. */
export function GroupName({ by, value }: { readonly by: GroupBy; readonly value: string }) {
  const t = useInboxTexts();
  if (value === None) return t(`group.none.${by}`);
  if (by === 'dueDay') return <Day day={value} />;
  return by === 'type' ? inWords(value) : <Named type={types[by]} id={value} />;
}

/** Within a button there is no link. */
function Named({ type, id }: { readonly type: string; readonly id: string }) {
  const isAllowed = useMay()(`${type}:read`);
  const name = useQuery({ ...recordNameQuery(type, id), enabled: isAllowed });
  return name.data ?? id.slice(0, 8);
}

const nearDays = new Map<number, 'day.yesterday' | 'day.today' | 'day.tomorrow'>([[-1, 'day.yesterday'], [0, 'day.today'], [1, 'day.tomorrow']]);

function Day({ day }: { readonly day: string }) {
  const t = useInboxTexts();
  const language = useLanguage();
  const at = new Date(`${day}T00:00`);
  const away = Math.round((at.getTime() - new Date().setHours(0, 0, 0, 0)) / 86_400_000);
  const near = nearDays.get(away);
  return `${near === undefined ? '' : `${t(near)} · `}${dayInFull(at.getTime(), language)}`;
}
