import { Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCopy, IconRefresh } from '@tabler/icons-react';
import { useCallback } from 'react';
import { ApiError, type Problem } from '../api/client';
import styles from './states.module.css';
import { useComponentTexts } from './useComponentTexts';

interface Props {
  readonly error: unknown;
  readonly title?: string;
  readonly onRetry?: () => void;
}

/** What went wrong: a sentence for a person, the code for a manual, the trace id for whoever looks into it. */
export function ErrorNotice({ error, title, onRetry }: Props) {
  const t = useComponentTexts();
  const explain = useExplain();
  const problem = problemOf(error);
  return (
    <div className={styles.notice} role="alert">
      <IconAlertTriangle className={styles.warning} aria-hidden />
      <Stack gap={6}>
        <Text fw={600}>{title ?? t('errorTitle')}</Text>
        <Text>{explain(error)}</Text>
        {(problem.errors ?? []).map(one => <Text key={one.pointer + one.code} size="sm">{`${one.pointer.slice(1)}: ${one.detail}`}</Text>)}
        <Group gap="xs">
          <Code>{problem.code}</Code>
          {problem.traceId !== undefined && (
            <CopyButton value={problem.traceId}>
              {({ copied, copy }) => (
                <Button size="compact-xs" variant="subtle" color="gray" leftSection={<IconCopy size={14} aria-hidden />} onClick={copy}>
                  {copied ? t('copied') : `${t('traceId')} ${problem.traceId ?? ''}`}
                </Button>
              )}
            </CopyButton>
          )}
        </Group>
        {onRetry && <Button mt={4} w="fit-content" variant="default" leftSection={<IconRefresh size={16} aria-hidden />} onClick={onRetry}>{t('retry')}</Button>}
      </Stack>
    </div>
  );
}

/** The sentence in the person's language where there is one for the code, else what the service says. */
export function useExplain(): (error: unknown) => string {
  const t = useComponentTexts();
  return useCallback((error: unknown) => {
    const problem = problemOf(error);
    switch (problem.code) {
      case 'unreachable': return t('error.unreachable');
      case 'missing_permission': case 'forbidden': return t('error.forbidden');
      case 'internal_error': return t('error.internal_error');
      case 'not_found': return t('error.not_found');
      case 'too_many_requests': return t('error.too_many_requests');
      case 'database_unavailable': return t('error.database_unavailable');
      default: return problem.status >= 502 ? t('error.offline') : problem.detail;
    }
  }, [t]);
}

function problemOf(error: unknown): Problem {
  return error instanceof ApiError
    ? error.problem
    : { status: -1, code: 'page_error', detail: error instanceof Error ? error.message : String(error) };
}
