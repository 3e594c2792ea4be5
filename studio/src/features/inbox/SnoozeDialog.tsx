import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { Dialog } from '../../components/Dialog';
import { fromLocal } from '../../components/fields/instants';
import { dateTimeInFull, weekdayTime, zoneName } from '../../components/time';
import { useComponentTexts } from '../../components/useComponentTexts';
import { useLanguage } from '../../text/text';
import { snoozePresets } from './snooze';
import { useInboxTexts } from './useInboxTexts';

interface Props {
  readonly onSnooze: (at: string) => void;
  readonly onClose: () => void;
}

/** Until when: one of the usual times, or any other that is to come. */
export function SnoozeDialog({ onSnooze, onClose }: Props) {
  const t = useInboxTexts();
  const common = useComponentTexts();
  const language = useLanguage();
  const [presets] = useState(() => snoozePresets(new Date()));
  const [other, setOther] = useState('');
  const [isPast, setPast] = useState(false);
  const snooze = (at: Date) => onSnooze(at.toISOString());
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const at = new Date(fromLocal(other));
    if (at.getTime() > Date.now()) snooze(at);
    else setPast(true);
  };
  return (
    <Dialog onClose={onClose} title={t('snooze.title')}>
      <Stack gap="xs">
        {presets.map(({ key, at }, i) => (
          <Button key={key} variant="default" justify="space-between" data-autofocus={i === 0 || undefined} onClick={() => snooze(at)}
            rightSection={<Text size="sm" c="dimmed" span title={dateTimeInFull(at.getTime(), language)}>{weekdayTime(at.getTime(), language)}</Text>}>
            {t(`snooze.${key}`)}
          </Button>
        ))}
        <form onSubmit={submit}>
          <Group align="flex-end" gap="xs" mt="xs">
            <TextInput flex={1} type="datetime-local" label={t('snooze.other')} required value={other} error={isPast && t('snooze.past')}
              onChange={event => {
                setOther(event.currentTarget.value);
                setPast(false);
              }} />
            <Button type="submit">{t('snooze.set')}</Button>
          </Group>
        </form>
        <Text size="sm" c="dimmed">{t('snooze.zone', { zone: zoneName(language) })}</Text>
        <Group justify="flex-end"><Button variant="subtle" onClick={onClose}>{common('cancel')}</Button></Group>
      </Stack>
    </Dialog>
  );
}
