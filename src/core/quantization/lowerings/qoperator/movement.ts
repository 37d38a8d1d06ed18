/**
 * Operators that run on codes as they are, because both sides lie on one grid: those that move elements, and Clip, since
 * rounding is monotone: q(clip(x, lo, hi)) = clip(q(x), q(lo), q(hi)).
 *
 * Missing on purpose: GlobalMaxPool has no 8-bit kernel, and an interpolating Resize cuts its fractions off where a
 * QuantizeLinear rounds them.
 */
import { operatorSpec } from '../../../ops/index.ts';
import { elements } from '../../../tensor/tensor.ts';
import { type QuantType, quantizeValue, typeRange } from '../../qparams.ts';
import { areAlike } from './elementwise.ts';
import { type Coded, type MakeTwin, sameGrid } from './site.ts';

/** The first input in codes, the others (indices, shapes) as they are. */
const move: MakeTwin = ({ node, inputs: [data], outputs }) => {
  if (!data || !areAlike([data, ...outputs])) return undefined;
  if (!outputs.every(output => output && sameGrid(data, output))) return undefined;
  return { opType: node.opType, domain: '', inputs: [data.codes, ...node.inputs.slice(1)] };
};

/** What is put around is zero, whose code is the zero point. */
const pad: MakeTwin = site => {
  const twin = move(site);
  if (!twin || site.node.string('mode', 'constant') !== 'constant') return twin;
  const [data, pads, , ...axes] = twin.inputs;
  return { ...twin, inputs: [data, pads, site.inputs[0]?.zeroPoint, ...axes] };
};

const resize: MakeTwin = site => (site.node.string('mode', 'nearest') === 'nearest' ? move(site) : undefined);

const clip: MakeTwin = site => {
  const { node, constants } = site;
  const [data] = site.inputs;
  const spec = operatorSpec(node);
  const bounds = spec?.role === 'clip' ? spec.bounds(node) : undefined;
  const grid = data && gridOf(data);
  if (!move(site) || !data || !bounds || !grid) return undefined;
  const bound = (x: number, name: string) => {
    const code = Number.isFinite(x) ? quantizeValue(x, grid, typeRange(grid.dtype)) : undefined;
    return code === undefined
      ? undefined
      : constants.zeroPoint(grid.dtype, Int32Array.of(code), [], `${node.name}_${name}`);
  };
  const inputs = [data.codes, bound(bounds.min, 'min'), bound(bounds.max, 'max')];
  return { opType: 'Clip', domain: '', inputs, attributes: [] };
};

function gridOf({ scale, zeroPoint }: Coded) {
  const dtype = zeroPoint?.dtype;
  if (!scale.initializer || !zeroPoint?.initializer || (dtype !== 'uint8' && dtype !== 'int8'))
    return undefined;
  const type: QuantType = dtype;
  return {
    dtype: type,
    scale: elements(scale.initializer, 'float32')[0] as number,
    zeroPoint: elements(zeroPoint.initializer, dtype)[0] as number,
  };
}

export const MOVEMENT: Readonly<Record<string, MakeTwin>> = {
  Reshape: move,
  Flatten: move,
  Transpose: move,
  Squeeze: move,
  Unsqueeze: move,
  Identity: move,
  Slice: move,
  Split: move,
  Expand: move,
  Tile: move,
  DepthToSpace: move,
  SpaceToDepth: move,
  Gather: move,
  MaxPool: move,
  Resize: resize,
  Pad: pad,
  Relu: clip,
  Clip: clip,
};
