/** A model read without its weights is the model that the whole file gives. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src/core/ir/model.ts';
import type { ByteSource } from '../../../src/core/onnx/external-data.ts';
import { readModel } from '../../../src/core/onnx/read.ts';
import { slimModel } from '../../../src/core/onnx/slim.ts';
import { FileTensor } from '../../../src/core/onnx/tensor-proto.ts';
import { writeModel } from '../../../src/core/onnx/write.ts';
import { buildModel, noiseTensor } from '../../support/model-builder.ts';
import { uniform } from '../../support/seeded.ts';

const whole = Buffer.concat(
  writeModel(
    buildModel({
      inputs: { x: ['float32', [1, 128]] },
      initializers: {
        w: noiseTensor([128, 200], 1),
        b: noiseTensor([200], 2),
        v: noiseTensor([200, 300], 3),
      },
      nodes: [
        { op: 'Gemm', in: ['x', 'w', 'b'], out: ['h'] },
        { op: 'MatMul', in: ['h', 'v'], out: ['y'] },
      ],
      outputs: { y: ['float32', [1, 300]] },
    }),
  ).chunks,
);

function sourceOf(bytes: Uint8Array): ByteSource & { readonly asked: number[] } {
  const asked: number[] = [];
  return {
    asked,
    byteLength: bytes.byteLength,
    read(offset, length) {
      asked.push(length);
      return bytes.slice(offset, offset + length);
    },
  };
}

/** Of the file that the model is written to: element by element a comparison takes a second. */
function written(model: Model): string {
  const hash = createHash('sha256');
  for (const piece of writeModel(model).stream()) hash.update(piece);
  return hash.digest('hex');
}

describe('slimModel', () => {
  it('keeps everything but large payloads, which it finds again in the file', () => {
    const source = sourceOf(whole);
    const slim = slimModel(source, 'itself');
    expect(slim?.byteLength).toBeLessThan(2000);
    expect(source.asked.reduce((sum, length) => sum + length, 0)).toBeLessThan(80_000);
    const model = readModel(slim!, { externalFiles: new Map([['itself', source]]) });
    const regions = model.graph.initializers.map(
      ({ initializer }) => initializer instanceof FileTensor && initializer.region !== undefined,
    );
    expect(regions).toEqual([true, false, true]);
    expect(written(model)).toEqual(written(readModel(whole)));
  });

  it('leaves what is not plainly a model to the reader', () => {
    expect(slimModel(sourceOf(whole.subarray(0, 70_000)), 'itself')).toBeUndefined();
    expect(
      slimModel(sourceOf(Buffer.from('\x89HDF\r\n\x1a\n not a model at all')), 'itself'),
    ).toBeUndefined();
  });

  it('never gives another model, whatever byte is changed in front of the weights', () => {
    const heads = uniform(300, 7);
    let compared = 0;
    for (const [index, at] of heads.entries()) {
      const changed = Buffer.from(whole);
      changed[Math.floor(at * 300)] = index % 256;
      const source = sourceOf(changed);
      const slim = slimModel(source, 'itself');
      const read = (bytes: Uint8Array): string | undefined => {
        try {
          return written(readModel(bytes, { externalFiles: new Map([['itself', source]]) }));
        } catch {
          return undefined;
        }
      };
      const expected = read(changed);
      if (!slim || !expected) continue;
      expect(read(slim)).toEqual(expected);
      compared++;
    }
    expect(compared).toBeGreaterThan(20);
  });
});
