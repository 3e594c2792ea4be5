import { List, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { AppLink } from '../../components/AppLink';
import { ErrorNotice } from '../../components/ErrorNotice';
import { LoadingState } from '../../components/LoadingState';
import { addressOf, testsQuery, validationQuery, type ArtefactProblem } from './artefacts';
import { useArtefactsTexts } from './useArtefactsTexts';

interface Props {
  readonly kind: string;
  readonly artefactKey: string;
  readonly hash: string;
}

/** What stands between a draft and its publishing: errors, who would break, tests. */
export function Checks({ kind, artefactKey, hash }: Props) {
  const validation = useQuery(validationQuery(kind, artefactKey, hash));
  const tests = useQuery(testsQuery(kind, artefactKey, hash));
  const error = validation.error ?? tests.error;
  if (error !== null) return <ErrorNotice error={error} onRetry={() => { void validation.refetch(); void tests.refetch(); }} />;
  if (!validation.data || !tests.data) return <LoadingState />;
  return (
    <Stack gap="sm">
      <Problems problems={validation.data.problems} />
      <Breaks breaks={validation.data.breaks} />
      <Tests tests={tests.data.tests} />
    </Stack>
  );
}

export function Problems({ problems }: { readonly problems: readonly ArtefactProblem[] }) {
  const t = useArtefactsTexts();
  if (problems.length === 0) return <Line tone="good">{t('noProblems')}</Line>;
  return (
    <List listStyleType="none" spacing={4}>
      {problems.map((problem, i) => (
        <List.Item key={i}><Line tone={problem.severity === 'error' ? 'bad' : 'warn'}>{`${placeOf(problem, t)}${problem.message}`}</Line></List.Item>
      ))}
    </List>
  );
}

function Breaks({ breaks }: { readonly breaks: readonly { readonly kind: string; readonly key: string; readonly reason: string | null }[] }) {
  const t = useArtefactsTexts();
  if (breaks.length === 0) return null;
  return (
    <List listStyleType="none" spacing={4}>
      {breaks.map(one => (
        <List.Item key={`${one.kind}/${one.key}`}>
          <Line tone="bad">{t('wouldBreak')} <AppLink to={addressOf(one.kind, one.key)}>{one.key}</AppLink>{one.reason === null ? '' : `: ${one.reason}`}</Line>
        </List.Item>
      ))}
    </List>
  );
}

export function Tests({ tests }: { readonly tests: readonly { readonly name: string; readonly passed: boolean; readonly detail: string | null }[] }) {
  const t = useArtefactsTexts();
  if (tests.length === 0) return <Line tone="warn">{t('noTests')}</Line>;
  return (
    <List listStyleType="none" spacing={4} aria-label={t('tests')}>
      {tests.map(test => (
        <List.Item key={test.name}>
          <Line tone={test.passed ? 'good' : 'bad'}>{test.passed ? t('testPassed', { name: test.name }) : `${t('testFailed', { name: test.name })} ${test.detail ?? ''}`}</Line>
        </List.Item>
      ))}
    </List>
  );
}

const icons = {
  good: <IconCircleCheck size={16} color="var(--sb-chip-good)" aria-hidden />,
  warn: <IconAlertTriangle size={16} color="var(--sb-chip-warn)" aria-hidden />,
  bad: <IconCircleX size={16} color="var(--sb-bad)" aria-hidden />,
};

/** A sentence with how well it is, in a shape and a colour. */
export function Line({ tone, children }: { readonly tone: keyof typeof icons; readonly children: ReactNode }) {
  return (
    <Text size="sm" component="div" style={{ display: 'grid', gridTemplateColumns: '16px 1fr', gap: 8, overflowWrap: 'anywhere' }}>
      <span style={{ paddingTop: 2 }}>{icons[tone]}</span><span>{children}</span>
    </Text>
  );
}

function placeOf(problem: ArtefactProblem, t: ReturnType<typeof useArtefactsTexts>): string {
  if (problem.row !== null) return `${t('atRow', { row: problem.row })}${problem.property === null ? '' : `, ${problem.property}`}: `;
  return problem.line === null ? '' : `${t('atLine', { line: problem.line, column: problem.column ?? 1 })}: `;
}
