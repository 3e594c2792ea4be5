import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { notifications, notificationsStore } from '@mantine/notifications';
import { useMemo } from 'react';
import { ApiError } from '../api/client';
import { useExplain } from './ErrorNotice';
import { useComponentTexts } from './useComponentTexts';

/** How long something can be taken back in the toast; ten seconds is the least that ux.md asks for. */
export const UndoWithin = 12_000;

const PlainFor = 5000;

/** So many are shown at once. */
export const MostToasts = 6;

interface Toast {
  /** It is done, says the service; `undo` does the opposite, where there is one. */
  done(message: string, undo?: () => Promise<unknown>): void;
  failed(error: unknown, retry?: () => void): void;
}

export function useToast(): Toast {
  const t = useComponentTexts();
  const explain = useExplain();
  return useMemo(() => {
    const toast: Toast = {
      done(message, undo) {
        makeRoom();
        const id = notifications.show({
          autoClose: undo ? UndoWithin : PlainFor,
          withBorder: true,
          closeButtonProps: { 'aria-label': t('close') },
          message: (
            <Group justify="space-between" wrap="nowrap">
              <Text size="sm">{message}</Text>
              {undo && (
                <Button size="compact-sm" variant="light" onClick={() => {
                  notifications.hide(id);
                  undo().then(() => toast.done(t('undone')), (error: unknown) => toast.failed(error));
                }}>{t('undo')}</Button>
              )}
            </Group>
          ),
        });
      },
      failed(error, retry) {
        makeRoom();
        const problem = error instanceof ApiError ? error.problem : null;
        const id = notifications.show({
          color: 'red',
          autoClose: false, // a failure stays until somebody has seen it
          withBorder: true,
          title: t('failed'),
          closeButtonProps: { 'aria-label': t('close') },
          message: (
            <Stack gap={4}>
              <Text size="sm">{explain(error)}</Text>
              {(problem?.errors ?? []).map(one => <Text size="sm" key={one.pointer + one.code}>{one.detail}</Text>)}
              <Group gap="xs">
                {problem && <Code>{problem.code}</Code>}
                {problem?.traceId !== undefined && <Code>{problem.traceId}</Code>}
                {retry && <Button size="compact-sm" variant="light" onClick={() => { notifications.hide(id); retry(); }}>{t('retry')}</Button>}
              </Group>
            </Stack>
          ),
        });
      },
    };
    return toast;
  }, [t, explain]);
}

/** What has just happened is seen at once, and not when an older toast has gone; failures stay. */
function makeRoom(): void {
  const shown = notificationsStore.getState().notifications;
  const oldest = shown.find(one => one.autoClose !== false)?.id;
  if (shown.length >= MostToasts && oldest !== undefined) notifications.hide(oldest);
}
