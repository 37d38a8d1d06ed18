/** What an uploaded model is, read without running it. */
import type { ModelDescription, TensorDescription } from '../contracts/model.ts';
import { modelStatistics } from '../core/ir/statistics.ts';
import type { Value } from '../core/ir/value.ts';
import { importModel, type ModelFile } from './import.ts';
import type { Files } from './ports.ts';
import { recommend } from './recommend.ts';
import { quantizedNode } from './refuse-quantized.ts';
import type { HostDescription } from './stage-results.ts';

export async function inspectModel(
  modelFiles: readonly ModelFile[],
  files: Files,
  host: HostDescription,
): Promise<ModelDescription> {
  const { model, format, notes } = await importModel(modelFiles, files);
  const { graph } = model;
  const { parameters, operators } = modelStatistics(model);
  const quantized = quantizedNode(model);
  const warnings = [
    ...(quantized
      ? [`It is already quantized: node "${quantized.name}" is a ${quantized.qualifiedType}.`]
      : []),
    ...notes,
  ];
  return {
    format,
    ...(model.producerName !== '' && { producer: `${model.producerName} ${model.producerVersion}`.trim() }),
    inputs: graph.inputs.map(describe),
    outputs: graph.outputs.map(describe),
    opset: model.opset,
    parameters,
    operators: { ...operators },
    warnings,
    ...(!quantized && { recommendation: recommend(model, host, false) }),
  };
}

function describe(value: Value): TensorDescription {
  return {
    name: value.name,
    dtype: value.dtype ?? 'unknown',
    shape: (value.dims ?? []).map(dim => dim ?? null),
  };
}
