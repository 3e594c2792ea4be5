import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { session, SignInRefused } from '../api/session';
import { useAppTexts } from './useAppTexts';

/** @param email Filled in already, when somebody signs in again. */
export function SignInForm({ email: known = '' }: { readonly email?: string }) {
  const t = useAppTexts();
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState('');
  const [refused, setRefused] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setRefused(null);
    try {
      await session.signIn(email, password);
    } catch (e) {
      setRefused(e instanceof SignInRefused ? e.message : t('signInUnreachable'));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={submit}>
      <Stack>
        {refused !== null && <Alert color="red" variant="outline" role="alert">{refused}</Alert>}
        <TextInput label={t('email')} type="email" autoComplete="username" required maxLength={254} withAsterisk={false}
          value={email} onChange={event => setEmail(event.currentTarget.value)} autoFocus={known === ''} />
        <PasswordInput label={t('password')} autoComplete="current-password" required withAsterisk={false}
          value={password} onChange={event => setPassword(event.currentTarget.value)} autoFocus={known !== ''} />
        <Button type="submit" loading={isBusy}>{t('signIn')}</Button>
      </Stack>
    </form>
  );
}
