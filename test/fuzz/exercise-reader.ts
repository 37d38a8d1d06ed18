/**
 * One file through all that happens to it without a runtime: read, checked, described, written, prepared by our passes,
 * rewritten, planned and lowered by one setting of a method. Ends in a code of the catalogue or "ok"; any other exception
 * is a finding.
 */

import type { Observers } from '../../src/core/calibration/observers.ts';
import { importerFor } from '../../src/core/importers/index.ts';
import type { Model } from '../../src/core/ir/model.ts';
import { validate } from '../../src/core/ir/validate.ts';
import type { Value } from '../../src/core/ir/value.ts';
import { readModel } from '../../src/core/onnx/read.ts';
import { writeModel } from '../../src/core/onnx/write.ts';
import { PREPARE_PASSES } from '../../src/core/passes/index.ts';
import { runPasses } from '../../src/core/passes/pass.ts';
import { raiseOpset } from '../../src/core/passes/raise-opset/index.ts';
import { METHODS } from '../../src/core/quantization/methods/index.ts';
import { elementCount } from '../../src/core/tensor/tensor.ts';
import { isBitpressError } from '../../src/errors.ts';
import { inspectModel } from '../../src/pipeline/inspect.ts';
import type { Files } from '../../src/pipeline/ports.ts';
import { describeHost } from '../../src/platform/host.ts';
import { jobFiles } from '../../src/platform/job-files.ts';
import { METHOD_SETTINGS, type MethodSetting } from '../support/method-settings.ts';
import type { Case } from './mutants.ts';

/** `.env` of the upload's own folder must not be read because it is there. */
const COMPANIONS = new Map([
  ['weights.bin', { byteLength: 4096, read: (_: number, n: number) => new Uint8Array(n) }],
]);

const HOST = describeHost();
/** Elements of a run that is made up for a statistic; a declared shape may ask for any number. */
const MAX_ELEMENTS = 4096;

export type Outcome = { readonly stage: string; readonly code: string };

/** @throws what is not in the catalogue, with the stage in front of its message */
export async function exerciseReader({ bytes, fileName, random }: Case): Promise<Outcome> {
  return readAndPlan(bytes, fileName, random.pick(METHOD_SETTINGS)!);
}

/** The same for one setting of a method. */
export async function readAndPlan(
  bytes: Uint8Array,
  fileName: string,
  { type, ...options }: MethodSetting,
): Promise<Outcome> {
  let stage = 'import';
  try {
    const source = { name: fileName, bytes: () => bytes, companions: COMPANIONS };
    const model = await importerFor(bytes, fileName).import(source);
    validate(model);
    stage = 'inspect';
    await inspectModel([{ name: fileName, path: 'the upload' }], inMemory(bytes), HOST);
    stage = 'write';
    const written = serialize(model);
    const again = readModel(written);
    validate(again);
    if (!Buffer.from(serialize(again)).equals(written))
      throw new Error('the model changes when it is written twice');
    stage = 'passes';
    const method = METHODS.get(type)!;
    runPasses(again, PREPARE_PASSES.all);
    const opset = method.opset?.(options) ?? 0;
    if (again.opset < opset) raiseOpset(again, opset);
    validate(again);
    for (const { id, watch, run } of method.rewrites?.(options) ?? []) {
      stage = `rewrite ${id}`;
      const seen = watch(again.graph);
      showNoise(again, seen);
      run(again, seen);
      validate(again);
    }
    stage = `plan ${method.id}`;
    const prepared = serialize(again);
    const fresh = (): Model => readModel(prepared);
    const context = { model: fresh(), options, released: new Map<string, string>() };
    const observers = method.observers(context);
    showNoise(context.model, observers);
    const plan = method.plan(context, observers);
    stage = `lower ${method.id}`;
    const lowered = fresh();
    method.lower(lowered, plan, options);
    validate(lowered);
    validate(readModel(serialize(lowered)));
    return { stage, code: 'ok' };
  } catch (error) {
    if (isBitpressError(error)) return { stage, code: error.code };
    throw new Error(`${stage}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Makes a run up: numbers of the shapes that the model declares. */
function showNoise(model: Model, observers: Observers): void {
  for (const value of valuesOf(model)) {
    const dims = smallShape(value);
    const data = Float32Array.from({ length: elementCount(dims) }, (_, at) => Math.sin(at) * 2);
    observers.observe(value.name, data, dims);
  }
}

function serialize(model: Model): Buffer {
  return Buffer.concat([...writeModel(model).chunks]);
}

function valuesOf({ graph }: Model): readonly Value[] {
  const outputs = graph.nodes.flatMap(node => node.outputs);
  return [...graph.inputs, ...outputs].filter(value => value !== undefined);
}

function smallShape({ dims }: Value): readonly number[] {
  const known = (dims ?? []).map(dim => (typeof dim === 'number' ? dim : 1));
  return elementCount(known) <= MAX_ELEMENTS ? known : [1];
}

function inMemory(bytes: Uint8Array): Files {
  return {
    ...jobFiles,
    read: () => bytes,
    source: path => ({
      path,
      byteLength: bytes.length,
      read: (offset, length) => bytes.subarray(offset, offset + length),
      open: () => ({
        read: (offset, target) => target.set(bytes.subarray(offset, offset + target.byteLength)),
        close() {},
      }),
    }),
  };
}
