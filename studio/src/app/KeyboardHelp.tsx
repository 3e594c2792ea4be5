import { Group, Kbd, Stack, Text } from '@mantine/core';
import { Fragment } from 'react';
import { Dialog } from '../components/Dialog';
import { areLettersOn, useAllKeys } from '../components/keyboard';
import { useAppTexts } from './useAppTexts';

/** What keys do on this page. */
export default function KeyboardHelp({ onClose }: { readonly onClose: () => void }) {
  const t = useAppTexts();
  const all = useAllKeys();
  const unique = [...new Map(all.map(binding => [binding.keys, binding])).values()];
  return (
    <Dialog onClose={onClose} title={t('keyboardTitle')}>
      <Stack gap={6}>
        {!areLettersOn() && <Text size="sm" c="dimmed">{t('keyboardOff')}</Text>}
        {unique.map(({ keys, label }) => (
          <Group key={keys} justify="space-between" wrap="nowrap">
            <Text size="sm">{label}</Text>
            <Group gap={4} wrap="nowrap">
              {keys.split(' ').map((key, i) => (
                <Fragment key={key}>
                  {i > 0 && <Text span size="xs" c="dimmed">{t('keyboardThen')}</Text>}
                  <Kbd>{key.replace('mod', 'Ctrl').replaceAll('+', ' + ')}</Kbd>
                </Fragment>
              ))}
            </Group>
          </Group>
        ))}
      </Stack>
    </Dialog>
  );
}
