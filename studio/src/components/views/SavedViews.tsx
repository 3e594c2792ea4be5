import { Badge, Button, Group, Menu } from '@mantine/core';
import { IconBookmark, IconPin, IconPinnedOff, IconPlus, IconRefresh, IconTrash, IconUsers } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay } from '../../api/me';
import { useLanguage } from '../../text/text';
import { useComponentTexts } from '../useComponentTexts';
import { fromSearch, useUrlState, type UrlState } from '../useUrl';
import { useToast } from '../useToast';
import { SaveViewDialog } from './SaveViewDialog';
import { changeTo, changeView, createView, deleteView, stateOf, viewsQuery, type View } from './views';

interface Props {
  /** A record type, or another list of the studio. */
  readonly list: string;
  /** The record type of its rows. */
  readonly type: string;
  /** How many rows a list with this address has. */
  readonly count: (state: UrlState) => Promise<number>;
}

/** The named lists: those that are pinned beside each other with their counts, all in a menu, and what can be done with the one that is shown. */
export function SavedViews({ list, type, count }: Props) {
  const t = useComponentTexts();
  const toast = useToast();
  const may = useMay();
  const [url, setUrl] = useUrlState();
  const [isSaving, setSaving] = useState(false);
  const views = useQuery(viewsQuery(list)).data?.items ?? [];
  const now = stateOf(url);
  const shown = views.find(view => stateOf(fromSearch(view.state)) === now);
  const mayChange = (view: View) => view.isOwn || may('views:share');
  const show = (view: View) => setUrl(changeTo(view, url), 'push');
  const again = (view: View) => createView(list, { name: view.name, state: view.state, sharing: view.sharing, ...(view.role !== null && { role: view.role }), isPinned: view.isPinned });
  const run = (work: Promise<unknown>, said: string, undo: () => Promise<unknown>) => {
    work.then(() => toast.done(said, undo), (error: unknown) => toast.failed(error));
  };
  const pin = (view: View, isPinned: boolean) => {
    const change = changeView(view, { isPinned });
    run(change, t(isPinned ? 'view.pinned' : 'view.unpinned', { name: view.name }), async () => changeView(await change, { isPinned: !isPinned }));
  };
  return (
    <Group gap="xs" role="group" aria-label={t('views')}>
      {views.filter(view => view.isPinned).map(view => (
        <Button key={view.id} size="compact-sm" variant={view === shown ? 'light' : 'default'} aria-current={view === shown ? 'true' : undefined} onClick={() => show(view)}
          rightSection={<Count list={list} type={type} view={view} count={count} />}>
          {view.name}
        </Button>
      ))}
      <Menu position="bottom-start" withinPortal>
        <Menu.Target><Button size="compact-sm" variant="default" leftSection={<IconBookmark size={15} aria-hidden />}>{shown && !shown.isPinned ? shown.name : t('views')}</Button></Menu.Target>
        <Menu.Dropdown>
          {views.map(view => (
            <Menu.Item key={view.id} onClick={() => show(view)} {...(!view.isOwn && { rightSection: <IconUsers size={14} aria-label={t('view.by', { name: view.owner })} /> })}>{view.name}</Menu.Item>
          ))}
          {views.length > 0 && <Menu.Divider />}
          <Menu.Item leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setSaving(true)}>{t('view.save')}</Menu.Item>
          {views.filter(view => view !== shown && mayChange(view) && now !== '').map(view => (
            <Menu.Item key={view.id} leftSection={<IconRefresh size={15} aria-hidden />} onClick={() => {
              const change = changeView(view, { state: now });
              run(change, t('view.changed', { name: view.name }), async () => changeView(await change, { state: view.state }));
            }}>{t('view.replace', { name: view.name })}</Menu.Item>
          ))}
          {shown && mayChange(shown) && (
            <>
              <Menu.Item leftSection={shown.isPinned ? <IconPinnedOff size={15} aria-hidden /> : <IconPin size={15} aria-hidden />} onClick={() => pin(shown, !shown.isPinned)}>
                {t(shown.isPinned ? 'view.unpin' : 'view.pin', { name: shown.name })}
              </Menu.Item>
              <Menu.Item c="var(--mantine-color-error)" leftSection={<IconTrash size={15} aria-hidden />} onClick={() => run(deleteView(shown), t('view.deleted', { name: shown.name }), () => again(shown))}>
                {t('view.delete', { name: shown.name })}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      {isSaving && <SaveViewDialog list={list} state={now} onClose={() => setSaving(false)} />}
    </Group>
  );
}

function Count({ list, type, view, count }: Props & { readonly view: View }) {
  const language = useLanguage();
  const found = useQuery({ queryKey: ['records', type, 'count', list, view.state], queryFn: () => count(fromSearch(view.state)) });
  return found.data === undefined ? null : <Badge size="sm" variant="default" radius="sm">{found.data.toLocaleString(language)}</Badge>;
}
