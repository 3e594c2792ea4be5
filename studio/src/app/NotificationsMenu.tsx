import { ActionIcon, Indicator, ScrollArea, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconBell } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMay, useMe } from '../api/me';
import { recordPageQuery, type AnyRecord } from '../api/records';
import { AppLink } from '../components/AppLink';
import { PopoverDialog } from '../components/PopoverDialog';
import { When } from '../components/When';
import { useAppTexts } from './useAppTexts';

interface Notification extends AnyRecord {
  readonly title: string;
  readonly body: string | null;
  readonly subjectType: string | null;
  readonly subjectId: string | null;
  readonly readAt: string | null;
}

/** What the person should see, newest first; new ones come by the live connection. */
export function NotificationsMenu() {
  const t = useAppTexts();
  const me = useMe();
  const may = useMay();
  const [isOpen, { toggle, close }] = useDisclosure();
  const isAllowed = may('notifications:read');
  const { data } = useQuery({
    ...recordPageQuery<Notification>('notifications', { userId: me?.user.id ?? '', sort: '-createdAt', limit: '20' }),
    enabled: me !== undefined && isAllowed,
  });
  if (!isAllowed) return null;
  const all = data?.items ?? [];
  const unread = all.filter(one => one.readAt === null).length;
  return (
    <Indicator disabled={unread === 0} size={8} offset={6}>
      <PopoverDialog label={t('notifications')} opened={isOpen} onClose={close} position="bottom-end" width={320} target={
        <ActionIcon variant="subtle" color="gray" size={36} onClick={toggle} aria-haspopup="dialog" aria-expanded={isOpen}
          aria-label={unread > 0 ? t('notificationsUnread', { count: unread }) : t('notifications')}>
          <IconBell size={19} stroke={1.7} aria-hidden />
        </ActionIcon>
      }>
        <ScrollArea.Autosize mah="60vh">
          {all.length === 0 ? <Text size="sm" c="dimmed" tabIndex={-1} data-autofocus>{t('notificationsNone')}</Text> : (
            <Stack gap="sm">
              {all.map(one => (
                <div key={one.id}>
                  {one.subjectType && one.subjectId
                    ? <AppLink size="sm" fw={500} to={addressOf(one.subjectType, one.subjectId)} onClick={close}>{one.title}</AppLink>
                    : <Text size="sm" fw={500}>{one.title}</Text>}
                  {one.body && <Text size="sm">{one.body}</Text>}
                  <Text size="xs" c="dimmed"><When at={one.createdAt} /></Text>
                </div>
              ))}
            </Stack>
          )}
        </ScrollArea.Autosize>
      </PopoverDialog>
    </Indicator>
  );
}

function addressOf(type: string, id: string): string {
  return type === 'tasks' ? `/inbox/${id}` : `/records/${type}/${id}`;
}
