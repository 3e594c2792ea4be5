import { MantineThemeProvider, Popover, type PopoverProps } from '@mantine/core';
import { useEffect, useEffectEvent, type ReactElement, type ReactNode } from 'react';

interface Props extends Pick<PopoverProps, 'position' | 'width'> {
  readonly label: string;
  readonly opened: boolean;
  readonly onClose: () => void;
  /** The button, which opens and closes it. */
  readonly target: ReactElement;
  readonly children: ReactNode;
}

// The list of a field in it is part of it: a click on an option is none outside.
const inside = { components: { Combobox: { defaultProps: { withinPortal: false } } } };

/**
 * A dialog beside the button that opens it. A click elsewhere closes it, and so does Escape, which closes an open list of a
 * field in it first; then the button has the keyboard again.
 */
export function PopoverDialog({ label, opened, onClose, target, children, position = 'bottom-start', ...rest }: Props) {
  // Mantine's own Escape closes the popover together with a list in it, and is not heard where a control that had the keyboard is gone.
  const escape = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.isComposing || !(event.target instanceof Element)) return;
    if (event.target.closest('[aria-modal="true"]') || event.target.getAttribute('data-mantine-stop-propagation') === 'true') return;
    event.preventDefault();
    onClose();
  });
  useEffect(() => {
    if (!opened) return;
    document.addEventListener('keydown', escape, true);
    return () => document.removeEventListener('keydown', escape, true);
  }, [opened]);
  return (
    <Popover opened={opened} onDismiss={onClose} closeOnEscape={false} trapFocus returnFocus withRoles={false} position={position} shadow="md" {...rest}>
      <Popover.Target>{target}</Popover.Target>
      <Popover.Dropdown role="dialog" aria-label={label} tabIndex={-1}>
        <MantineThemeProvider inherit theme={inside}>{children}</MantineThemeProvider>
      </Popover.Dropdown>
    </Popover>
  );
}
