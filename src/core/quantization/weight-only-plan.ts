/**
 * Plan of weight-only quantization: constant matrices of MatMul and Gemm get blocks of 4 or 8 bits, tables behind Gather
 * blocks along their rows; everything else and all activations stay float. Nodes inside If, Loop and Scan bodies take part.
 */
import type { Model } from '../ir/model.ts';
import type { Node } from '../ir/node.ts';
import type { Value } from '../ir/value.ts';
import { walkNodes } from '../ir/walk.ts';
import { elements } from '../tensor/tensor.ts';
import { type BlockBits, type BlockOptions, chooseBlocks } from './block-rtn.ts';
import type { NodeFilter } from './node-filter.ts';
import type { FloatReason, NodeDecision, QuantPlan, WeightQuant } from './plan.ts';
import { MIN_TABLE_ELEMENTS } from './qparams.ts';
import type { BlockFit } from './rounding/block-fit.ts';
import { fitBlocks } from './rounding/blocks.ts';
import type { RoundedWeights } from './rounding/weight-rounding.ts';

export interface WeightOnlyTypes extends Omit<BlockOptions, 'axis'> {
  /** Bits of tables; undefined leaves them in float. */
  readonly tableBits: BlockBits | undefined;
  /** Whether a table is decoded by a DequantizeLinear of its rows, and not by an operator of its own. */
  readonly decodedRows: boolean;
  /** Searches for better grids than those of round-to-nearest. */
  readonly fit: BlockFit | undefined;
}

/** Position of the weight among the inputs of a MatMul or Gemm, and of the table among those of a Gather. */
export const MATRIX = 1;
export const TABLE = 0;

/** @param rounded weights whose codes are known already, by node name */
export function planWeightOnly(
  model: Model,
  filter: NodeFilter,
  types: WeightOnlyTypes,
  rounded?: RoundedWeights,
): QuantPlan {
  const nodes = new Map<string, NodeDecision>();
  const shared = new Map<string, WeightQuant>();
  for (const { node } of walkNodes(model.graph)) {
    const reason = filter(node) ?? declined(node, types);
    if (reason) {
      nodes.set(node.name, { action: 'float', reason });
      continue;
    }
    const at = weightAt(node);
    const key = weightKey(node);
    const quant = rounded?.get(node.name) ?? shared.get(key) ?? blocksOf(node, types);
    shared.set(key, quant);
    nodes.set(node.name, { action: 'quantize', inputs: [at], outputs: [], weights: new Map([[at, quant]]) });
  }
  return { activations: new Map(), nodes };
}

/** Why a product's weights are not quantized; undefined where they can be. Tables have reasons of their own. */
export function declinedMatrix(node: Node): FloatReason | undefined {
  const weight = node.inputs[MATRIX]?.initializer;
  if (!weight) return reason('dynamic_weight', 'its second operand is computed at run time');
  if (weight.dtype !== 'float32') return reason('constant_not_float', 'its weights are not float32');
  if (weight.dims.length !== 2) return reason('shape_not_supported', 'its weights are not a matrix');
  if (weight.dims.includes(0)) return reason('shape_not_supported', 'its weights are empty');
  if (node.opType === 'MatMul') return undefined;
  if (node.flag('transA')) return reason('shape_not_supported', 'Gemm with a transposed A');
  if (node.float('alpha', 1) !== 1 || node.float('beta', 1) !== 1)
    return reason('shape_not_supported', 'Gemm with alpha or beta that could not be folded into constants');
  return undefined;
}

const weightAt = (node: Node): number => (node.opType === 'Gather' ? TABLE : MATRIX);

export const isProduct = (node: Node): boolean =>
  node.qualifiedType === 'MatMul' || node.qualifiedType === 'Gemm';

/** The axis that is summed over: 0 of [K, N], 1 of [N, K]. Tables are cut along their rows. */
export const blockAxis = (node: Node): 0 | 1 => (node.opType === 'Gather' || node.flag('transB') ? 1 : 0);

/** Equal for nodes that read the same constant in the same way. */
export function weightKey(node: Node): string {
  const at = weightAt(node);
  return `${at === TABLE ? 'table' : 'matrix'}\0${blockAxis(node)}\0${node.inputs[at]?.name}`;
}

/**
 * A constant in blocks: on the grids of round-to-nearest, or on those that `fit` finds.
 * @throws BitpressError model_invalid where it is not finite
 */
export function blocksOf(node: Node, types: WeightOnlyTypes): WeightQuant {
  const value = node.inputs[weightAt(node)];
  if (!value?.initializer) throw new Error(`${node.name} has no constant weight`);
  const tensor = value.initializer;
  const bits = node.opType === 'Gather' ? (types.tableBits ?? types.bits) : types.bits;
  const quant = chooseBlocks(tensor, { ...types, bits, axis: blockAxis(node) }, value.name);
  const { fit, symmetric } = types;
  return fit ? fitBlocks(elements(tensor, 'float32'), tensor.dims, quant, { fit, symmetric }) : quant;
}

const reason = (code: FloatReason['code'], text: string): FloatReason => ({ code, text });

function declined(node: Node, types: WeightOnlyTypes): FloatReason | undefined {
  if (isProduct(node)) return declinedMatrix(node);
  if (node.qualifiedType === 'Gather') return declinedTable(node, types);
  return reason('operator_not_supported', `${node.qualifiedType} has no weight-only form`);
}

/** GatherBlockQuantized takes rows of a matrix, packed to whole bytes. */
function declinedTable(node: Node, { tableBits, decodedRows }: WeightOnlyTypes): FloatReason | undefined {
  const table = node.inputs[TABLE]?.initializer;
  if (table?.dtype !== 'float32') return reason('not_float', 'it does not read a float32 table');
  if (!tableBits) return reason('excluded', 'tables are left in float ("embeddings")');
  const [rows = 0, width = 0] = table.dims;
  if (table.dims.length !== 2) return reason('shape_not_supported', 'its table is not a matrix');
  if (![0, -2].includes(node.int('axis', 0)))
    return reason('shape_not_supported', 'it does not take rows of its table');
  if (rows * width < MIN_TABLE_ELEMENTS) return reason('no_gain', 'its table is small');
  if (tableBits === 4 && width % 2 !== 0)
    return reason('shape_not_supported', 'its table has rows of an odd length');
  if (decodedRows && isMultiplied(node.outputs[0]))
    return reason(
      'operator_not_supported',
      'a product reads its rows: onnxruntime would take their DequantizeLinear for one without blocks',
    );
  return undefined;
}

/** Operators that the runtime may drop or swap with a DequantizeLinear in front of them. */
const MOVERS: ReadonlySet<string> = new Set([
  'Dropout',
  'Flatten',
  'Identity',
  'Reshape',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);

/**
 * Whether a product reads the value, as it is or moved. onnxruntime 1.30 fuses DequantizeLinear on both sides of a MatMul
 * into MatMulIntegerToFloat, which then refuses the block-wise parameters when it runs.
 */
function isMultiplied(value: Value | undefined): boolean {
  const open = new Set(value ? [value] : []);
  // A set gives out what is added while it is walked, and each value once.
  for (const each of open)
    for (const { node } of each.uses) {
      if (isProduct(node)) return true;
      if (MOVERS.has(node.opType)) for (const output of node.outputs) if (output) open.add(output);
    }
  return false;
}
