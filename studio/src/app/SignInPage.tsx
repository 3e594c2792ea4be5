import { Paper, Text, Title } from '@mantine/core';
import { useEffect } from 'react';
import { SignInForm } from './SignInForm';
import styles from './SignInPage.module.css';
import { useAppTexts } from './useAppTexts';

export function SignInPage() {
  const t = useAppTexts();
  useEffect(() => {
    document.title = `${t('signIn')} · Switchboard`;
  }, [t]);
  return (
    <main className={styles.page}>
      <Paper className={styles.card} withBorder p="xl" radius="lg">
        <img src="/switchboard.svg" alt="" width={40} height={40} />
        <Title order={1} mt="sm">{t('signInTitle')}</Title>
        <Text c="dimmed" mb="lg">{t('signInLead')}</Text>
        <SignInForm />
      </Paper>
    </main>
  );
}
