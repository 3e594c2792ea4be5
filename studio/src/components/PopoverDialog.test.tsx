import { Button, MantineProvider, Select } from '@mantine/core';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { handleKey, noteDialog, useKeys } from './keyboard';
import { PopoverDialog } from './PopoverDialog';

const back = vi.fn<() => void>();

function Page() {
  const [isOpen, setOpen] = useState(false);
  const [isDone, setDone] = useState(false);
  useKeys([{ keys: 'Escape', label: 'Back', run: back }]);
  return (
    <>
      <PopoverDialog label="Editor" opened={isOpen} onClose={() => setOpen(false)} target={<button onClick={() => setOpen(!isOpen)}>Edit</button>}>
        <Select label="Fruit" data={['Apple', 'Pear']} />
        <Button disabled={isDone} onClick={() => setDone(true)}>Once</Button>
      </PopoverDialog>
      <p>elsewhere</p>
    </>
  );
}

const editor = () => screen.queryByRole('dialog', { name: 'Editor' });
const button = () => screen.getByRole('button', { name: 'Edit' });

beforeEach(async () => {
  window.addEventListener('keydown', noteDialog, true);
  window.addEventListener('keydown', handleKey);
  render(<MantineProvider env="test"><Page /></MantineProvider>);
  await userEvent.click(button());
  await waitFor(() => expect(editor()?.contains(document.activeElement)).toBe(true));
});
afterEach(() => {
  window.removeEventListener('keydown', noteDialog, true);
  window.removeEventListener('keydown', handleKey);
  back.mockClear();
});

it('closes what is open one after the other with Escape, and the button has the focus again', async () => {
  await userEvent.click(screen.getByRole('combobox', { name: 'Fruit' }));
  expect(screen.getByRole('option', { name: 'Pear' })).toBeTruthy();
  await userEvent.keyboard('{Escape}');
  expect(screen.queryByRole('option', { name: 'Pear' })).toBeNull();
  expect(editor()).not.toBeNull();
  await userEvent.keyboard('{Escape}');
  await waitFor(() => expect(document.activeElement).toBe(button()));
  expect(editor()).toBeNull();
  expect(back).not.toHaveBeenCalled();
  await userEvent.keyboard('{Escape}');
  expect(back).toHaveBeenCalledOnce();
});

it('takes a click on an option for one inside, and one elsewhere for the end', async () => {
  await userEvent.click(screen.getByRole('combobox', { name: 'Fruit' }));
  await userEvent.click(screen.getByRole('option', { name: 'Pear' }));
  expect(editor()).not.toBeNull();
  expect(screen.getByRole<HTMLInputElement>('combobox', { name: 'Fruit' }).value).toBe('Pear');
  await userEvent.click(screen.getByText('elsewhere'));
  await waitFor(() => expect(editor()).toBeNull());
});

it('hears Escape where the control that had the focus can no longer have it', async () => {
  await userEvent.click(screen.getByRole('button', { name: 'Once' }));
  (document.activeElement as HTMLElement).blur(); // as a browser does to what is disabled
  await userEvent.keyboard('{Escape}');
  await waitFor(() => expect(editor()).toBeNull());
  expect(back).not.toHaveBeenCalled();
});
