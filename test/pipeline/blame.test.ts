/** Whose fault it is that one of two models that run side by side fails: the file's own, or that of what we made of it. */
import { expect, test } from 'vitest';
import { BitpressError } from '../../src/errors.ts';
import type { Ports, SampleSource } from '../../src/pipeline/ports.ts';
import { verify } from '../../src/pipeline/verify.ts';
import { localPorts } from '../support/local-ports.ts';

const failing = new BitpressError('model_run_failed', 'Conv: sizes must match');
const samples = { count: 1, feeds: () => ({}) } as unknown as SampleSource;

const whereRunning = (broken: string, when: 'opening' | 'running'): Ports => ({
  ...localPorts,
  runtime: {
    ...localPorts.runtime,
    open: async path => {
      if (path === broken && when === 'opening') throw failing;
      return {
        inputs: [],
        outputs: [],
        close: async () => {},
        run: async () => {
          if (path === broken) throw failing;
          return {};
        },
      };
    },
  },
});

const codeOf = (broken: string, when: 'opening' | 'running'): Promise<string> =>
  verify(
    { reference: 'float.onnx', artifact: 'int8.onnx', samples, scoring: undefined },
    whereRunning(broken, when),
  ).then(
    () => 'ok',
    (error: BitpressError) => error.code,
  );

test.each(['opening', 'running'] as const)('%s', async when => {
  expect(await codeOf('float.onnx', when)).toBe('model_run_failed');
  expect(await codeOf('int8.onnx', when)).toBe('artifact_broken');
  expect(await codeOf('none', when)).toBe('ok');
});
