import { Modal, type ModalProps } from '@mantine/core';
import { useComponentTexts } from './useComponentTexts';
import { useFocusReturn } from './useFocusReturn';

/** A dialog, open as long as it exists; what had the focus before has it again afterwards. */
export function Dialog(props: Omit<ModalProps, 'opened'>) {
  const t = useComponentTexts();
  useFocusReturn();
  return <Modal opened closeButtonProps={{ 'aria-label': t('close') }} {...props} />;
}
