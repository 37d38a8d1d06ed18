/**
 * Upsample became Resize (10), whose coordinates became attributes (11).
 *
 * Until 10 there was one rule, x_original = x_resized / scale ("asymmetric"). How "nearest" rounds was left open;
 * onnxruntime takes the floor along an axis that grows and the ceiling along one that shrinks, and so does this.
 * https://onnx.ai/onnx/operators/onnx__Resize.html
 */
import { stringAttribute } from '../../../ir/attribute.ts';
import type { Value } from '../../../ir/value.ts';
import { elements } from '../../../tensor/tensor.ts';
import type { Adapter, Site } from '../adapter.ts';

export const RESIZE: readonly Adapter[] = [
  {
    id: 'Upsample-9',
    adapt(node, site) {
      const scales = node.attributes.get('scales');
      if (scales?.kind !== 'floats') return site.refuse('it has no scales');
      node.setInput(1, site.float32s('scales', scales.value));
      node.attributes.delete('scales');
    },
  },
  {
    id: 'Upsample-10',
    adapt(node) {
      node.opType = 'Resize';
    },
  },
  {
    id: 'Resize-11',
    adapt(node, site) {
      const [, scales] = node.inputs;
      // "The RoI's coordinates ... only takes effect when coordinate_transformation_mode is tf_crop_and_resize".
      node.setInput(1, site.float32s('roi', []));
      node.setInput(2, scales);
      node.attributes.set('coordinate_transformation_mode', stringAttribute('asymmetric'));
      if (node.string('mode', 'nearest') === 'nearest')
        node.attributes.set('nearest_mode', stringAttribute(rounding(scales, site)));
    },
  },
  {
    id: 'Resize-13',
    adapt(node, site) {
      if (node.string('coordinate_transformation_mode', '') === 'tf_half_pixel_for_nn')
        site.refuse('coordinate_transformation_mode tf_half_pixel_for_nn was removed');
    },
  },
];

/** Along an axis of scale 1 both roundings agree. */
function rounding(scales: Value | undefined, site: Site): 'floor' | 'ceil' {
  const constant = scales?.producer?.attributes.get('value');
  const tensor = scales?.initializer ?? (constant?.kind === 'tensor' ? constant.value : undefined);
  if (tensor?.dtype !== 'float32')
    return site.refuse('how it rounds depends on scales that are not constant');
  const values = elements(tensor, 'float32');
  if (values.every(scale => scale >= 1)) return 'floor';
  if (values.every(scale => scale <= 1)) return 'ceil';
  return site.refuse('it grows along one axis and shrinks along another');
}
