/**
 * Stage "preparing": onnxruntime's basic optimisation folds constants and BatchNormalization, our passes do the rest,
 * the opset is raised to what the method writes, and the result is proven equal to the imported model by running both.
 */
import type { Model } from '../core/ir/model.ts';
import type { ValueType } from '../core/ir/value.ts';
import { readModel } from '../core/onnx/read.ts';
import { writeModel } from '../core/onnx/write.ts';
import { PREPARE_PASSES } from '../core/passes/index.ts';
import { runPasses } from '../core/passes/pass.ts';
import { raiseOpset } from '../core/passes/raise-opset/index.ts';
import { BitpressError } from '../errors.ts';
import { comparePair } from './compare-pair.ts';
import { exposeValues } from './expose.ts';
import type { Ports, SampleSource, Session } from './ports.ts';
import { type PreparedModel, preparedModel } from './prepared-model.ts';

/** Folding reorders float32 sums: equal models differ by rounding only, which is far above this. */
const EQUAL_DB = 60;
const PROOF_SAMPLES = 2;

export interface PrepareRequest {
  /** The imported model as a file. */
  readonly importedPath: string;
  readonly workDir: string;
  readonly minOpset: number;
  readonly proofSamples: SampleSource;
}

export async function prepareModel(request: PrepareRequest, ports: Ports): Promise<PreparedModel> {
  const { files, runtime } = ports;
  const foldedPath = files.join(request.workDir, 'folded.onnx');
  const folding = await runtime.open(request.importedPath, {
    optimization: 'basic',
    saveOptimizedTo: foldedPath,
  });
  const { inputs, outputs } = folding;
  await folding.close();

  const model = readModel(files.read(foldedPath));
  runPasses(model, PREPARE_PASSES.all);
  if (model.opset < request.minOpset) raiseOpset(model, request.minOpset);
  const chunks = writeModel(model).chunks;
  const path = files.join(request.workDir, 'prepared.onnx');
  files.write(path, chunks);
  await prove(request, path, ports);
  return preparedModel(path, files.read(path), await inferTypes(model, request.workDir, ports), {
    inputs,
    outputs,
  });
}

async function prove(request: PrepareRequest, path: string, { runtime, signal }: Ports): Promise<void> {
  const pair = { reference: request.importedPath, candidate: path };
  const result = await comparePair(
    runtime,
    pair,
    request.proofSamples,
    { optimization: 'off', limit: PROOF_SAMPLES },
    signal,
  );
  for (const { name, figures } of result.outputs) {
    if (figures.sqnrDb === undefined ? figures.maxAbsError === 0 : figures.sqnrDb >= EQUAL_DB) continue;
    throw new BitpressError(
      'artifact_broken',
      `output "${name}" changed while the float model was being prepared (${figures.sqnrDb?.toFixed(1)} dB)`,
      { hint: 'Please report the model: folding must not change what it computes.' },
    );
  }
}

/** Types and shapes of every value of the main graph, as the runtime infers them. */
async function inferTypes(
  model: Model,
  workDir: string,
  { files, runtime }: Ports,
): Promise<ReadonlyMap<string, ValueType>> {
  const hidden = model.graph.nodes
    .flatMap(node => node.outputs)
    .filter(value => value !== undefined)
    .filter(value => !model.graph.outputs.includes(value));
  const path = files.join(workDir, 'typed.onnx');
  files.write(path, exposeValues(model, hidden));
  const session: Session = await runtime.open(path, { optimization: 'off' });
  try {
    return new Map(
      session.outputs.flatMap(({ name, dtype, dims }) =>
        dtype ? [[name, { kind: 'tensor', dtype, dims }] as const] : [],
      ),
    );
  } finally {
    await session.close();
  }
}
