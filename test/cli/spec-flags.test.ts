import { describe, expect, it } from 'vitest';
import { specFrom } from '../../src/cli/spec-flags.ts';

describe('specFrom', () => {
  it('is the method alone where nothing was asked', () => {
    expect(specFrom({ type: 'convert' }, { repair: true, benchmark: true })).toEqual({
      method: { type: 'convert' },
    });
  });

  it('reads gates, limits, preprocessing and switches', () => {
    const spec = specFrom(
      { type: 'static-int8' },
      {
        gate: ['maxAccuracyDrop=0.01', 'minSqnrDb=20'],
        preprocess: ['image=scale:0.0039,mean:0.485/0.456/0.406,layout:nchw', 'x={"scale":2,"bias":-1}'],
        metric: 'top5',
        target: 'arm64',
        repair: false,
        benchmark: false,
        timeout: '60',
        memory: '2048',
      },
    );
    expect(spec).toEqual({
      method: { type: 'static-int8' },
      metric: 'top5',
      target: 'arm64',
      gates: { maxAccuracyDrop: 0.01, minSqnrDb: 20 },
      preprocess: {
        image: { scale: 0.0039, mean: [0.485, 0.456, 0.406], layout: 'nchw' },
        x: { scale: 2, bias: -1 },
      },
      repair: false,
      benchmark: false,
      limits: { timeoutSeconds: 60, memoryMb: 2048 },
    });
  });

  it.each([
    [{ gate: ['maxAccuracyDrop'] }, /--gate takes name=value, not "maxAccuracyDrop"/],
    [{ gate: ['minSqnrDb=high'] }, /--gate minSqnrDb takes a number, not "high"/],
    [{ preprocess: ['x=scale:abc'] }, /--preprocess x scale takes a number/],
    [{ preprocess: ['x={'] }, /no valid JSON/],
    [{ timeout: '' }, /--timeout takes a number/],
  ])('names the flag that is wrong: %j', (flags, message) => {
    expect(() => specFrom({}, flags)).toThrow(
      expect.objectContaining({ code: 'invalid_spec', message: expect.stringMatching(message) }),
    );
  });
});
