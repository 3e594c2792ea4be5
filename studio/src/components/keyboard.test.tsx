import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { handleKey, noteDialog, useKeys } from './keyboard';

const done = vi.fn<(what: string) => void>();

function View({ name = 'view' }: { readonly name?: string }) {
  useKeys([
    { keys: 'j', label: 'Down', run: () => done(`${name} j`) },
    { keys: 'g t', label: 'Tasks', run: () => done('g t') },
    { keys: 't', label: 'Other', run: () => done('t') },
    { keys: 'mod+k', label: 'Palette', run: () => done('mod+k') },
    { keys: '?', label: 'Help', run: () => done('?') },
    { keys: 'Enter', label: 'Open', run: () => done('Enter') },
  ]);
  return <><input aria-label="text" /><button>press</button></>;
}

beforeEach(() => {
  window.addEventListener('keydown', noteDialog, true);
  window.addEventListener('keydown', handleKey);
});
afterEach(() => {
  window.removeEventListener('keydown', noteDialog, true);
  window.removeEventListener('keydown', handleKey);
  done.mockClear();
  localStorage.clear();
});

it('does what the keys say, one after the other too', async () => {
  render(<View />);
  await userEvent.keyboard('jgt?{Enter}{Control>}k{/Control}');
  expect(done.mock.calls.flat()).toEqual(['view j', 'g t', '?', 'Enter', 'mod+k']);
});

it('leaves letters to whoever types, and Enter to a button', async () => {
  const view = render(<View />);
  await userEvent.type(view.getByLabelText('text'), 'jgt?{Control>}k{/Control}');
  view.getByText('press').focus();
  await userEvent.keyboard('{Enter}');
  expect(done.mock.calls.flat()).toEqual(['mod+k']);
  expect((view.getByLabelText('text') as HTMLInputElement).value).toBe('jgt?');
});

it('does nothing on letters when they are switched off', async () => {
  localStorage.setItem('switchboard.keys', 'off');
  render(<View />);
  await userEvent.keyboard('jgt{Control>}k{/Control}');
  expect(done.mock.calls.flat()).toEqual(['mod+k']);
});

it('gives a key to what came last, and back when that has gone', async () => {
  render(<View />);
  const inner = render(<View name="inner" />);
  await userEvent.keyboard('j');
  inner.unmount();
  await userEvent.keyboard('j');
  expect(done.mock.calls.flat()).toEqual(['inner j', 'view j']);
});

it('leaves the keyboard to a dialog, also the key that takes it away', async () => {
  const view = render(<><View /><div role="dialog" aria-modal="true" /></>);
  const close = () => view.getByRole('dialog').removeAttribute('aria-modal'); // React's own node: taking it out would break its clean-up
  document.body.addEventListener('keydown', close);
  await userEvent.keyboard('j');
  document.body.removeEventListener('keydown', close);
  expect(done).not.toHaveBeenCalled();
});

it('leaves it to a dialog beside a button too, while somebody is in there', async () => {
  const view = render(<><View /><div role="dialog"><button>inside</button></div></>);
  view.getByText('inside').focus();
  await userEvent.keyboard('j');
  expect(done).not.toHaveBeenCalled();
  view.getByText('press').focus();
  await userEvent.keyboard('j');
  expect(done.mock.calls.flat()).toEqual(['view j']);
});
