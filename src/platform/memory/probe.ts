/**
 * The work of the probe process: how much memory this process gains by loading and running one model.
 *
 * The base is the idle runtime, after it has loaded and run a model of one node, so that what onnxruntime allocates
 * once per process is counted for no model.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MemoryFigures, Runtime } from '../../pipeline/ports.ts';
import type { ProbeRequest } from './protocol.ts';
import { resetPeak, resident } from './resident.ts';

/** Runs enough for the arena to reach its size. */
const RUNS = 3;

/** A runtime, and how it is brought to its idle state. */
export interface Probed {
  readonly runtime: Runtime;
  start(threads: number): Promise<void>;
}

export async function probeMemory({ runtime, start }: Probed, request: ProbeRequest): Promise<MemoryFigures> {
  await start(request.threads);
  globalThis.gc?.();
  const wasReset = resetPeak();
  const base = resident();
  const session = await runtime.open(request.modelPath, { optimization: 'all', threads: request.threads });
  const loaded = resident();
  for (let run = 0; run < RUNS; run++) await session.run(request.sample);
  const end = resident();
  await session.close();
  // An old peak of the start-up says nothing; what is resident at the end is then the best that is known.
  const told = end.peakBytes !== undefined && (wasReset || end.peakBytes > (base.peakBytes ?? 0));
  const peak = told ? end.peakBytes! : Math.max(loaded.bytes, end.bytes);
  return {
    loadBytes: Math.max(0, loaded.bytes - base.bytes),
    peakBytes: Math.max(0, peak - base.bytes),
  };
}

/** ModelProto of y = Identity(x), float32[1], opset 13: written by onnx.helper. */
const IDENTITY = 'CAc6NwoQCgF4EgF5IghJZGVudGl0eRIBZ1oPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCBAoAEA0=';

export async function startOnnxruntime(runtime: Runtime, threads: number): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'bitpress-probe-'));
  try {
    const path = join(dir, 'identity.onnx');
    writeFileSync(path, Buffer.from(IDENTITY, 'base64'));
    const session = await runtime.open(path, { optimization: 'all', threads });
    await session.run({ x: { dtype: 'float32', dims: [1], data: Float32Array.of(1) } });
    await session.close();
  } finally {
    rmSync(dir, { recursive: true });
  }
}
