/**
 * Graphs of one to three nodes in QOperator form, against what the reference quantizer (onnxruntime.quantization 1.30,
 * static, QOperator, u8s8) gets at the same types: the first output on the first sample, optimisations on.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { TensorMap } from '../../src/pipeline/ports.ts';
import { fixture, hasFixtures } from '../support/fixtures.ts';
import { runFiles } from '../support/quantize-graph.ts';
import { readNpz } from '../support/read-npz.ts';
import { runBytes } from '../support/run-bytes.ts';
import { sqnrDb } from '../support/run-model.ts';
import { onThisHost } from '../support/saturation.ts';

interface Manifest {
  readonly cases: readonly {
    readonly name: string;
    readonly reference: Readonly<Record<string, { readonly sqnr_db?: number } | undefined>>;
  }[];
}

/** Above this the reference left the graph in float. */
const FLOAT_DB = 200;
/** The reference keeps this BatchNormalization in float; on the folded graph both sides are equal (docs/micro-graphs.md). */
const FOLDED = new Set(['conv_bn']);

/** One sample is one draw of the rounding; over 64 no row but the folded one is below (docs/micro-graphs.md). */
const TOLERANCE_DB = 0.5;

const cases = hasFixtures
  ? (JSON.parse(readFileSync(fixture('micro/manifest.json'), 'utf8')) as Manifest).cases.flatMap(
      ({ name, reference }) => {
        const bar = reference.qop_u8s8?.sqnr_db;
        // A graph of one operator gains nothing from 8 bits and is refused as such.
        const isProduct = /conv|gemm|matmul|gather/.test(name);
        return bar !== undefined && bar < FLOAT_DB && isProduct && !FOLDED.has(name) ? [{ name, bar }] : [];
      },
    )
  : [];

describe.skipIf(!hasFixtures)('QOperator form of micro graphs (needs fixtures)', () => {
  test.each(cases)('$name reaches $bar dB', async ({ name, bar }) => {
    const file = (part: string) => fixture(`micro/${name}/${part}`);
    const { bytes } = await runFiles(
      // All samples calibrate, as in the reference: without an evaluation set some would be held out.
      { model: file('model.onnx'), calibration: file('calib.npz'), evaluation: file('calib.npz') },
      {
        method: {
          type: 'static-int8',
          format: 'qoperator',
          perChannel: false,
          calibrator: { type: 'min-max' },
        },
        calibration: 'a'.repeat(64),
        evaluation: 'a'.repeat(64),
        repair: false,
      },
    );
    const feeds: TensorMap = Object.fromEntries(
      [...readNpz(file('calib.npz'))].map(([input, { dtype, dims, data }]) => {
        // One rank more than the input: axis 0 counts samples.
        const shape = dims.slice(1);
        const count = shape.reduce((a, b) => a * b, 1);
        return [input, { dtype, dims: shape, data: data.slice(0, count) }];
      }),
    );
    const first = async (model: Uint8Array): Promise<Float32Array> =>
      Object.values(await runBytes(model, feeds, 'all'))[0]?.data as Float32Array;
    const expected = await first(readFileSync(file('model.onnx')));
    const got = await first(bytes);
    expect(sqnrDb(expected, got)).toBeGreaterThanOrEqual(onThisHost(bar - TOLERANCE_DB));
  });
});
