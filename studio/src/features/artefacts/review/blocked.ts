import type { TestResults, Validation } from '../artefacts';

export interface Blocked {
  readonly reason: 'blockedErrors' | 'blockedTests' | 'blockedBreaks';
  readonly count: number;
  readonly names: string;
}

/** Why the service would refuse to publish, in the order in which it looks. */
export function blockedBy(validation: Validation, tests: TestResults): readonly Blocked[] {
  const errors = validation.problems.filter(problem => problem.severity === 'error').length;
  const failed = tests.tests.filter(test => !test.passed).map(test => test.name);
  const broken = validation.breaks.map(one => one.key);
  return ([
    { reason: 'blockedErrors', count: errors, names: '' },
    { reason: 'blockedTests', count: failed.length, names: failed.join(', ') },
    { reason: 'blockedBreaks', count: broken.length, names: broken.join(', ') },
  ] as const).filter(one => one.count > 0);
}

/** What the input of a local date and time says, as an instant; null for at once. */
export function instantOf(local: string): string | null {
  return local === '' ? null : new Date(local).toISOString();
}
