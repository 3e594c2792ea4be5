// @vitest-environment node
import { readFile } from 'node:fs/promises';
import openapi, { astToString, COMMENT_HEADER } from 'openapi-typescript';
import { expect, it } from 'vitest';

it('is what the service promises: else run `npm run api`', async () => {
  const generated = COMMENT_HEADER + astToString(await openapi(new URL('../../../tests/Contracts/openapi.json', import.meta.url)));
  expect(generated).toBe(await readFile(new URL('schema.d.ts', import.meta.url), 'utf8'));
});
