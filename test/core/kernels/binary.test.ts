import { expect, test } from 'vitest';
import { sourcesHash } from '../../../kernels/build.ts';
import { SOURCES_SHA256 } from '../../../src/core/kernels/binary.generated.ts';

test('the compiled kernels are those of the sources', () => {
  expect(SOURCES_SHA256, 'kernels/assembly has changed: npm run kernels').toBe(sourcesHash());
});
