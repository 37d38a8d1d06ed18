import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { type OpenApiDocument, openapiTypes } from '../support/openapi-types.ts';

test('the types of the client are those of openapi.yaml ("npm run client" writes them)', async () => {
  const types = openapiTypes(parse(readFileSync('openapi.yaml', 'utf8')) as OpenApiDocument);
  await expect(types).toMatchFileSnapshot('../../src/client/schema.generated.ts');
});

test('the example of docs/client.md is examples/client/quantize.ts, which the compiler checks', () => {
  const [, shown = ''] = /```ts\n(.*?)```/s.exec(readFileSync('docs/client.md', 'utf8')) ?? [];
  const example = readFileSync('examples/client/quantize.ts', 'utf8');
  expect(shown.replace("'bitpress/client'", "'../../src/client/index.ts'")).toBe(example);
});
