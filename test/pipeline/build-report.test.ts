import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { Report } from '../../src/contracts/report.ts';
import { METRICS } from '../../src/core/metrics/index.ts';
import { buildReport } from '../../src/pipeline/build-report.ts';
import type { StageResults } from '../../src/pipeline/stage-results.ts';
import { stageResults } from '../support/stage-results.ts';

const validator = Compile(Report);

function build(change: Partial<StageResults> = {}): Report {
  const report = buildReport({ ...stageResults, ...change });
  // What a reader gets is what JSON carries.
  const read = JSON.parse(JSON.stringify(report)) as unknown;
  expect([...validator.Errors(read)]).toEqual([]);
  expect(read).toEqual(report);
  return report;
}

const slow = {
  threads: 2,
  result: {
    rounds: 50,
    runs: 4200,
    latencies: [
      { id: 'reference', p50: 10, p90: 11, p99: 12, speedup: 1, interval: { low: 1, high: 1 } },
      { id: 'artifact', p50: 20, p90: 21, p99: 22, speedup: 0.5, interval: { low: 0.45, high: 0.55 } },
    ],
  },
};

describe('buildReport', () => {
  it('is a report by its own schema, and refuses what the schema does not know', () => {
    build();
    expect(validator.Check({ ...buildReport(stageResults), extra: 1 })).toBe(false);
    expect(validator.Check({ ...buildReport(stageResults), schemaVersion: 2 })).toBe(false);
    expect(validator.Check({})).toBe(false);
  });

  it('holds the figures against each other', () => {
    const report = build();
    expect(report.comparison.sizeRatio).toBeCloseTo(279_800 / 721_128, 12);
    expect(report.comparison.weightRatio).toBeCloseTo(196_340 / 708_712, 12);
    expect(report.comparison.memoryRatio).toBeCloseTo(2_165_504 / 2_965_504, 12);
    expect(report.comparison).toMatchObject({ speedup: 1.734, speedupLow: 1.69, minSqnrDb: 37.2 });
    expect(report.accuracy!.drop).toBeCloseTo(0.0005, 12);
    expect(report.models.artifact).toMatchObject({
      title: 'static-int8',
      score: 0.8935,
      latency: { p50Ms: 0.128 },
    });
    expect(report.verdict).toBe('pass');
    expect(report.headline).toBe('2.58x smaller, 1.73x faster, top-1 accuracy 89.40 % before, 89.35 % after');
  });

  it('tells how the graph changed and why nodes stayed float', () => {
    const report = build();
    expect(report.structure).toEqual({
      quantizedNodes: 31,
      absorbedNodes: 18,
      floatNodes: 3,
      difference: { DequantizeLinear: 86, QuantizeLinear: 33, Clip: -18, Constant: -36 },
    });
    expect(report.floatReasons.map(({ code, count }) => [code, count])).toEqual([
      ['excluded', 1],
      ['no_gain', 1],
      ['released_by_repair', 1],
    ]);
  });

  it('ranks values worst first', () => {
    const decibels = build().values.map(value => value.sqnrDb);
    expect(decibels).toEqual([...decibels].sort((a, b) => a - b));
  });

  it('has room for the engine a model came from', () => {
    const source = { ...stageResults.reference, engine: 'Keras layers', score: 0.8941 };
    const report = build({ source, model: { ...stageResults.model, format: 'keras' } });
    expect(report.models.source).toMatchObject({ title: 'keras', engine: 'Keras layers', score: 0.8941 });
  });

  it('leaves out what was not measured, and fails the gates that need it', () => {
    const { accuracy: _a, benchmark: _b, calibration: _c, ...rest } = stageResults;
    const report = buildReport(rest);
    expect(validator.Check(JSON.parse(JSON.stringify(report)))).toBe(true);
    expect(report).not.toHaveProperty('accuracy');
    expect(report.comparison).not.toHaveProperty('speedup');
    expect(report.gates.filter(gate => !gate.passed).map(gate => gate.name)).toEqual([
      'maxAccuracyDrop',
      'minSpeedup',
    ]);
    expect(report.headline).toMatch(/^GATES MISSED: maxAccuracyDrop, minSpeedup\. .*outputs at 37\.2 dB/);
  });

  it('survives a score that is not a number', () => {
    const report = build({
      accuracy: { metric: METRICS.get('mse')!, output: 'logits', samples: 4 },
      artifact: { ...stageResults.artifact, score: Number.NaN },
    });
    expect(report.verdict).toBe('fail');
    expect(report.models.artifact).not.toHaveProperty('score');
  });
});

describe('the first line', () => {
  it('says when ranges are not real', () => {
    const report = build({ calibration: { samples: 32, calibrator: 'min-max', synthetic: true, values: 9 } });
    expect(report.headline).toMatch(/^RANGES ARE NOT REAL/);
  });

  it('says when the artifact is slower, and what to try', () => {
    const report = build({ benchmark: slow, gates: {} });
    expect(report.headline).toMatch(/^SLOWER THAN fp32 \(0\.50x\)\. Leave the operators out/);
    expect(report.verdict).toBe('pass');
  });

  it('does not call it slower within the noise', () => {
    const [reference, artifact] = slow.result.latencies;
    const noisy = { ...artifact!, speedup: 0.97, interval: { low: 0.9, high: 1.04 } };
    const benchmark = { ...slow, result: { ...slow.result, latencies: [reference!, noisy] } };
    expect(build({ benchmark, gates: {} }).headline).toMatch(/^2\.58x smaller, about as fast/);
  });

  it('says when an output is not finite', () => {
    const [output] = stageResults.outputs;
    const broken = { ...output!.optimized, sqnrDb: -300, finite: false };
    expect(build({ outputs: [{ name: 'logits', optimized: broken }], gates: {} }).headline).toMatch(
      /^NOT FINITE: 1 of 1 outputs/,
    );
  });
});

describe('advice', () => {
  it.each([
    [
      'no dot products',
      { host: { ...stageResults.host, int8Instructions: ['avx2'] } },
      /no 8-bit dot-product/,
    ],
    [
      'ConvInteger',
      {
        artifact: {
          ...stageResults.artifact,
          statistics: { ...stageResults.artifact.statistics, operators: { ConvInteger: 26 } },
        },
      },
      /ConvInteger/,
    ],
    [
      '16-bit activations',
      { method: { ...stageResults.method, options: { activation: 'uint16' } } },
      /half the speed/,
    ],
    ['another method that applies', { otherMethods: ['dynamic-int8'] }, /or try dynamic-int8, which would/],
    ['no other method that applies', { otherMethods: [] }, /no other 8-bit or 4-bit method/],
  ] as const)('on a slow artifact with %s', (_, change, message) => {
    expect(build({ benchmark: slow, ...change }).advice.join()).toMatch(message);
  });

  it.each([
    ['smaller', 0.5, 'Take the size, or keep it float.'],
    ['larger', 1.1, 'Keep it float.'],
  ])('on small layers whose file became %s', (_, factor, gain) => {
    const { result } = slow;
    const latencies = result.latencies.map(each => ({ ...each, p50: each.p50 / 100 }));
    const { reference, artifact } = stageResults;
    const operators = { QuantizeLinear: 3, DequantizeLinear: 5 };
    const { advice } = build({
      benchmark: { ...slow, result: { ...result, latencies } },
      artifact: {
        ...artifact,
        fileBytes: Math.round(factor * reference.fileBytes),
        statistics: { ...artifact.statistics, operators },
      },
    });
    expect(advice).toEqual([expect.stringMatching(`the 8 QuantizeLinear and .* 8 bits save\\. ${gain}$`)]);
  });

  it('names the worst value of a doubtful model', () => {
    const [output] = stageResults.outputs;
    const doubtful = { name: 'logits', optimized: { ...output!.optimized, sqnrDb: 12 } };
    expect(build({ outputs: [doubtful] }).advice.join()).toMatch(/12\.0 dB.*blocks\.0\/conv/);
  });

  it('is silent on a good one', () => {
    expect(build().advice).toEqual([]);
  });
});
