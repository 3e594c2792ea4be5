import { useQuery } from '@tanstack/react-query';
import { useMay } from '../../api/me';
import { recordNameQuery } from '../../api/names';
import { AppLink } from '../AppLink';

interface Props {
  readonly type: string;
  readonly id: string;
}

/** The record that a field refers to, by its name, with the way to it for whoever may see it. */
export function ReferenceName({ type, id }: Props) {
  const isAllowed = useMay()(`${type}:read`);
  const name = useQuery({ ...recordNameQuery(type, id), enabled: isAllowed });
  const short = id.slice(0, 8);
  return isAllowed ? <AppLink to={`/records/${type}/${id}`} size="sm">{name.data ?? short}</AppLink> : <span title={id}>{short}</span>;
}
