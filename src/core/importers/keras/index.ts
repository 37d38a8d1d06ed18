/**
 * The Keras importer: .h5 of Keras 1 to 3, .keras of Keras 2.12 to 3 and TensorFlow.js layers models (model.json with its
 * weight shards), into an ONNX graph.
 *
 * Invariant: inputs and outputs keep Keras's names, order and shapes (channels-last, dynamic batch); inside, the graph
 * is channels-first. Nothing of the file is executed.
 */
import { Model } from '../../ir/model.ts';
import type { Dim } from '../../ir/value.ts';
import type { Importer } from '../importer.ts';
import { HDF5_SIGNATURE } from './container/hdf5.ts';
import type { KerasContainer } from './container/open.ts';
import { isJson, isZip, openContainer } from './container/open.ts';
import { GraphBuilder } from './graph/builder.ts';
import type { Shape } from './graph/keras-tensor.ts';
import { KerasTensor } from './graph/keras-tensor.ts';
import { LayoutPlanner } from './graph/layout.ts';
import { prune } from './graph/prune.ts';
import { weightBytes } from './limits.ts';
import { unsupported } from './problems.ts';
import { readLayersModel } from './source/layers-model.ts';
import type { LayerDef, ModelGraph } from './topology/layer-def.ts';
import { isModel } from './topology/layer-def.ts';
import { readLayer } from './topology/read-layer.ts';
import { createSession, runModel } from './topology/run.ts';

/** LayerNormalization needs 17, Split into equal parts by number 18. */
const OPSET = 18;
const IR_VERSION = 8;
const BATCH = 'batch';

export const kerasImporter: Importer = {
  id: 'keras',
  title: 'Keras',
  detects: (head, name) =>
    isZip(head) ||
    HDF5_SIGNATURE.every((byte, index) => head[index] === byte) ||
    (isJson(head) && /\.json$/i.test(name)) ||
    /\.(h5|hdf5|keras)$/i.test(name),
  forEngine: readLayersModel,
  async import(source) {
    const container = await openContainer(source);
    try {
      return convert(container);
    } finally {
      container.close();
    }
  },
};

function convert(container: KerasContainer): Model {
  const { version, config, format } = container;
  const root = readLayer(config, { version, prefix: '', depth: 0, count: { layers: 0 } });
  const graph = rootGraph(root);
  const builder = new GraphBuilder(root.name);
  const session = createSession({
    builder,
    layouts: new LayoutPlanner(builder),
    version,
    store: container.weights(root),
    budget: { bytes: weightBytes(container.bytes) },
  });
  const outputs = runModel(session, graph, root.path, declareInputs(builder, graph));
  outputs.forEach((output, index) => {
    declareOutput(session.layouts, builder, output, (graph.outputs[index] as { layer: string }).layer);
  });
  prune(builder.graph);
  const model = new Model(builder.graph, IR_VERSION, new Map([['', OPSET]]));
  model.producerName = 'bitpress';
  model.metadata.set('source.format', format);
  model.metadata.set('source.version', version.text);
  return model;
}

function rootGraph(root: LayerDef): ModelGraph {
  if (isModel(root.content)) return root.content;
  throw unsupported(root.path, 'the file holds a layer, not a model.', 'Save a model with model.save().');
}

function declareInputs(builder: GraphBuilder, graph: ModelGraph): readonly KerasTensor[] {
  return graph.inputs.map(({ name, shape, dtype }) => {
    if (!shape)
      throw unsupported(
        name,
        'the model does not say the shape of its input: it was saved before it was built.',
        'Begin the model with keras.Input(shape), or call it once, and save it again.',
      );
    const value = builder.input(name, dtype, dimsOf(shape, name));
    const half = dtype === 'float16' || dtype === 'bfloat16';
    const carried = half ? builder.cast(value, 'float32') : value;
    return new KerasTensor(carried, shape, {
      dtype: half ? 'float32' : dtype,
      ...(half && { external: dtype }),
    });
  });
}

function declareOutput(
  layouts: LayoutPlanner,
  builder: GraphBuilder,
  output: KerasTensor,
  name: string,
): void {
  const plain = layouts.plain(output);
  const half = output.dtype === 'float32' && output.external !== 'float32';
  const dtype = half ? output.external : output.dtype;
  builder.output(half ? builder.cast(plain, dtype) : plain, name, dtype, dimsOf(output.shape, name));
}

function dimsOf(shape: Shape, name: string): readonly Dim[] {
  return shape.map((dim, axis) => dim ?? (axis === 0 ? BATCH : `${name}_${axis}`));
}
