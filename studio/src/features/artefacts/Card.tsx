import { Group, Paper, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  readonly title: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A part of a page with a title of its own; no landmark as the shared one is, because what is in it has landmarks of the same name. */
export function Card({ title, actions, children }: Props) {
  return (
    <Paper bg="var(--sb-surface)" withBorder p="md" miw={0}>
      <Group justify="space-between" mb="sm" gap="xs">
        <Title order={2} size="h3">{title}</Title>
        {actions}
      </Group>
      {children}
    </Paper>
  );
}
