import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { act, render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { MostToasts, useToast } from './useToast';

it('shows what was done last at once, and keeps failures', () => {
  let toast: ReturnType<typeof useToast> | undefined;
  const Page = () => {
    toast = useToast();
    return null;
  };
  render(<MantineProvider env="test"><Notifications limit={MostToasts} /><Page /></MantineProvider>);
  act(() => {
    toast?.failed(new Error('It broke.'));
    for (let i = 1; i <= MostToasts + 2; i++) toast?.done(`Done ${i}`, () => Promise.resolve());
  });
  expect(screen.getByText('It broke.')).toBeTruthy();
  expect(screen.getByText(`Done ${MostToasts + 2}`)).toBeTruthy();
  expect(screen.queryByText('Done 1')).toBeNull();
});
