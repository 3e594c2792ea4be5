import { expect, it } from 'vitest';
import { allows } from './me';

it('follows docs/permissions.md', () => {
  expect(allows(['*'], 'tasks:work')).toBe(true);
  expect(allows(['tasks:*'], 'tasks:work')).toBe(true);
  expect(allows(['*:read'], 'tasks:read')).toBe(true);
  expect(allows(['*:read', 'tasks:work'], 'tasks:assign')).toBe(false);
  expect(allows([], 'tasks:read')).toBe(false);
});
