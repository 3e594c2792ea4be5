import { Anchor, type AnchorProps } from '@mantine/core';
import type { ComponentProps, MouseEvent, ReactNode } from 'react';
import { useGo } from './useUrl';

interface Props extends AnchorProps, Omit<ComponentProps<'a'>, keyof AnchorProps | 'href'> {
  /** An address of the studio, such as `/records/phone-numbers?status=failed`. */
  readonly to: string;
  readonly children?: ReactNode;
}

/** A link within the studio: an ordinary one for the browser (a new tab, copy), without loading the page again. */
export function AppLink({ to, onClick, ...rest }: Props) {
  const go = useGo();
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return <Anchor {...rest} href={to} onClick={follow} />;
}
