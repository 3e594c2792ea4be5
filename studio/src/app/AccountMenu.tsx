import { ActionIcon, Avatar, Menu, Text, useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconKeyboard, IconLogout, IconMoon, IconSun } from '@tabler/icons-react';
import { useMe } from '../api/me';
import { usePreference } from '../components/preferences';
import { languages, useLanguage } from '../text/text';
import { useAppTexts } from './useAppTexts';

const schemes = [['light', IconSun], ['dark', IconMoon], ['auto', IconDeviceDesktop]] as const;

interface Props {
  readonly onSignOut: () => void;
  readonly onKeyboard: () => void;
}

export function AccountMenu({ onSignOut, onKeyboard }: Props) {
  const t = useAppTexts();
  const me = useMe();
  const language = useLanguage();
  const [, setLanguage] = usePreference('language', '');
  const [keys, setKeys] = usePreference('keys', 'on');
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end" width={250} shadow="md">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={36} radius="xl" aria-label={t('account')}>
          <Avatar size={28} radius="xl" color="petrol" variant="filled" aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Text px="sm" pt={6} size="sm" fw={600}>{me?.user.name}</Text>
        <Text px="sm" pb={6} size="xs" c="dimmed">{me?.user.email} · {me?.tenant.name}</Text>
        <Menu.Divider />
        <Menu.Label c="dimmed">{t('theme')}</Menu.Label>
        <Menu.RadioGroup value={colorScheme} onChange={value => setColorScheme(value as MantineColorScheme)}>
          {schemes.map(([scheme, Icon]) => (
            <Menu.RadioItem key={scheme} value={scheme} rightSection={<Icon size={16} aria-hidden />}>{t(`theme.${scheme}`)}</Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Label c="dimmed">{t('language')}</Menu.Label>
        <Menu.RadioGroup value={language} onChange={setLanguage}>
          {Object.entries(languages).map(([tag, name]) => <Menu.RadioItem key={tag} value={tag} lang={tag}>{name}</Menu.RadioItem>)}
        </Menu.RadioGroup>
        <Menu.Label c="dimmed">{t('keyboard')}</Menu.Label>
        <Menu.CheckboxItem checked={keys !== 'off'} onChange={isOn => setKeys(isOn ? 'on' : 'off')}>{t('singleKeys')}</Menu.CheckboxItem>
        <Menu.Item leftSection={<IconKeyboard size={16} aria-hidden />} onClick={onKeyboard}>{t('keyboardTitle')} …</Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={onSignOut}>{t('signOut')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
