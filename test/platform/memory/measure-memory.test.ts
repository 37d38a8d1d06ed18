import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureMemory } from '../../../src/platform/memory/measure-memory.ts';

/**
 * ModelProto of y = ReduceSum(ConstantOfShape(Concat(n, 1 MiB))), n an int64[1] input: 4 n MiB at run time.
 * Written by onnx.helper, opset 13.
 */
const FILL =
  'CAc6kQEKHgoBbgoBaxIBcyIGQ29uY2F0KgsKBGF4aXMYAKABAgoXCgFzEgFjIg9Db25zdGFudE9mU2hhcGUKIgoBYxIBeSIJUmVkdWNlU3VtKg8KCGtlZXBkaW1zGACgAQISAWcqEQgBEAdCAWtKCAAAEAAAAAAAWg8KAW4SCgoICAcSBAoCCAFiCwoBeRIGCgQIARIAQgQKABAN';

let dir: string;
let path: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'bitpress-memory-'));
  path = join(dir, 'fill.onnx');
  writeFileSync(path, Buffer.from(FILL, 'base64'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const never = new AbortController().signal;
const mebibytes = (n: number) => ({
  n: { dtype: 'int64' as const, dims: [1], data: BigInt64Array.of(BigInt(n / 4)) },
});
const MIB = 2 ** 20;
const request = (modelPath: string, sample: ReturnType<typeof mebibytes>) => ({
  modelPath,
  sample,
  threads: 1,
  engine: 'onnxruntime' as const,
});

describe('measureMemory', () => {
  it('sees what a run allocates, and not what the process takes anyway', async () => {
    const small = await measureMemory(request(path, mebibytes(4)), never);
    const large = await measureMemory(request(path, mebibytes(256)), never);
    expect(small!.peakBytes).toBeLessThan(24 * MIB);
    expect(large!.peakBytes).toBeGreaterThan(250 * MIB);
    // The runtime's arena may hold a second block once it has learnt the pattern of the first run.
    expect(large!.peakBytes).toBeLessThan((2 * 256 + 40) * MIB);
    expect(large!.loadBytes).toBeLessThan(16 * MIB);
  });

  it('has no figure for a model that does not load', async () => {
    const broken = join(dir, 'broken.onnx');
    writeFileSync(broken, 'nothing');
    expect(await measureMemory(request(broken, mebibytes(4)), never)).toBeUndefined();
  });

  it('can be cancelled before and while it runs', async () => {
    const cancelled = { code: 'cancelled' };
    await expect(measureMemory(request(path, mebibytes(4)), AbortSignal.abort())).rejects.toMatchObject(
      cancelled,
    );
    const controller = new AbortController();
    const running = measureMemory(request(path, mebibytes(4)), controller.signal);
    setTimeout(() => controller.abort(), 20);
    await expect(running).rejects.toMatchObject(cancelled);
  });
});
