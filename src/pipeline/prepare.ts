/**
 * Stage "preparing": onnxruntime's basic optimisation folds constants and BatchNormalization, our passes do the rest,
 * the opset is raised to what the method writes, and the result is proven equal to the imported model by running both.
 */
import type { Model } from '../core/ir/model.ts';
import type { ValueType } from '../core/ir/value.ts';
import { walkNodes } from '../core/ir/walk.ts';
import { PREPARE_PASSES } from '../core/passes/index.ts';
import { runPasses } from '../core/passes/pass.ts';
import { floatTypes } from '../core/passes/raise-opset/adapter.ts';
import { raiseOpset } from '../core/passes/raise-opset/index.ts';
import { inferBodyTypes } from './body-types.ts';
import { foldModel } from './fold.ts';
import type { Ports, SampleSource } from './ports.ts';
import { type PreparedModel, preparedModel } from './prepared-model.ts';
import { proveEqual } from './prove-equal.ts';
import { signatureOf, typesByName } from './signature.ts';
import { initializers, openModelFile, writeWorkingFile } from './write-model-file.ts';

export interface PrepareRequest {
  /** The imported model as a file. */
  readonly importedPath: string;
  readonly workDir: string;
  readonly minOpset: number;
  /** Left out in a preview, which hands nothing out. */
  readonly proofSamples?: SampleSource;
}

export async function prepareModel(request: PrepareRequest, ports: Ports): Promise<PreparedModel> {
  const { files } = ports;
  const { model, notes } = await foldModel(request.importedPath, request.workDir, ports);
  const halves = [...initializers(model)].some(({ dtype }) => dtype === 'float16' || dtype === 'bfloat16');
  runPasses(model, PREPARE_PASSES.all);
  if (model.opset < request.minOpset) {
    if (floatTypes(model).size > 1) await tellTypes(model, files.join(request.workDir, 'raised.onnx'), ports);
    raiseOpset(model, request.minOpset);
  }
  const path = files.join(request.workDir, 'prepared.onnx');
  writeWorkingFile(model, path, files);
  if (request.proofSamples)
    await proveEqual(
      { reference: request.importedPath, candidate: path, samples: request.proofSamples },
      'the float model was being prepared',
      ports,
    );
  return preparedModel(
    path,
    openModelFile(path, files),
    await inferTypes(model, files.join(request.workDir, 'typed.onnx'), ports),
    { notes, halves },
  );
}

/** Element types of values in between: the bounds of a Clip become constants of the type of what it clips. */
async function tellTypes(model: Model, path: string, ports: Ports): Promise<void> {
  const types = await inferTypes(model, path, ports);
  for (const { node } of walkNodes(model.graph))
    for (const output of node.outputs) {
      const type = output && types.get(output.name);
      if (output && !output.type && type?.kind === 'tensor') output.type = { ...type, dims: undefined };
    }
}

/** Types and shapes of every value that a node makes, as the runtime infers them from files written to `path`. */
export async function inferTypes(
  model: Model,
  path: string,
  ports: Ports,
): Promise<ReadonlyMap<string, ValueType>> {
  const hidden = model.graph.nodes
    .flatMap(node => node.outputs)
    .filter(value => value !== undefined)
    .filter(value => !model.graph.outputs.includes(value));
  const { outputs } = await signatureOf(model, hidden, path, ports);
  const types = typesByName(outputs);
  return new Map([...types, ...(await inferBodyTypes(model, types, path, ports))]);
}
