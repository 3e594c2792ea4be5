import { Avatar, Group } from '@mantine/core';
import { useEffect, useSyncExternalStore } from 'react';
import { useMe } from '../api/me';
import { presence } from '../api/presence';
import styles from './WhoIsHere.module.css';
import { useComponentTexts } from './useComponentTexts';

interface Props {
  readonly type: string;
  readonly id: string;
}

/** So many have a place of their own; of the others the number is told. */
const Shown = 4;

/** Who else looks at the same just now, and who edits it: those first. */
export function WhoIsHere({ type, id }: Props) {
  const t = useComponentTexts();
  const me = useMe();
  const people = useSyncExternalStore(watcher => presence.watch(watcher), () => presence.people);
  useEffect(() => presence.look({ type, id }), [type, id]);
  const others = people.filter(person => person.userId !== me?.user.id).sort((a, b) => Number(b.isEditing) - Number(a.isEditing));
  const rest = others.slice(Shown);
  // The region is there before anybody is, or nobody would be announced.
  return (
    <div role="status">
      {others.length > 0 && (
        <Group gap="xs" className={styles.people}>
          {others.slice(0, Shown).map(({ userId, name, isEditing }) => (
            <span key={userId} className={styles.person} data-editing={isEditing || undefined}>
              <Avatar size={22} name={name} color={isEditing ? 'petrol' : 'gray'} variant="filled" aria-hidden />
              <span>{t(isEditing ? 'presence.edits' : 'presence.looks', { name })}</span>
            </span>
          ))}
          {rest.length > 0 && <span title={rest.map(person => person.name).join(', ')}>{t('presence.more', { count: rest.length })}</span>}
        </Group>
      )}
    </div>
  );
}
