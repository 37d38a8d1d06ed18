/** Embedding and Masking: where masks come from. */
import { attr } from '../graph/builder.ts';
import { KerasTensor } from '../graph/keras-tensor.ts';
import { asFloat } from '../shapes.ts';
import type { LayerFamily, LayerSpec } from './layer.ts';

/** Rows of a table by index; with mask_zero, index 0 marks a step that does not count. */
const embedding: LayerSpec = {
  masking: 'own',
  variables: () => [{ id: 'embeddings' }],
  emit(call) {
    const { builder: b, layouts, input } = call;
    const width = call.fields.int('output_dim', { min: 1 });
    const dims = [call.fields.int('input_dim', { min: 1 }), width];
    const whole = input.dtype === 'int32' || input.dtype === 'int64';
    const index = whole ? layouts.plain(input) : b.cast(layouts.plain(input), 'int32');
    const table = call.parameter('embeddings', dims, () => call.weight('embeddings', dims));
    const zero = input.dtype === 'int64' ? b.intScalar(0) : b.scalar(0, 'int32');
    const mask = call.fields.bool('mask_zero', false)
      ? b.op('Not', [b.op('Equal', [index, zero])])
      : undefined;
    return new KerasTensor(b.op('Gather', [table, index]), [...input.shape, width], { mask });
  },
};

/** Steps whose features all equal mask_value are zeroed and masked. */
const masking: LayerSpec = {
  masking: 'own',
  emit(call) {
    const { builder: b, layouts } = call;
    const input = asFloat(call, call.input);
    const x = layouts.plain(input);
    const same = b.op('Equal', [x, b.scalar(call.fields.number('mask_value', 0))]);
    const other = b.cast(b.op('Not', [same]), 'float32');
    const any = b.op('ReduceMax', [other, b.ints([-1])], { keepdims: attr.int(1) });
    const keep = b.cast(any, 'bool');
    const mask = b.op('Squeeze', [keep, b.ints([input.rank - 1])]);
    return new KerasTensor(b.op('Where', [keep, x, b.scalar(0)]), input.shape, { mask });
  },
};

export const embeddingLayers: LayerFamily = {
  id: 'embedding',
  layers: { Embedding: embedding, Masking: masking },
};
