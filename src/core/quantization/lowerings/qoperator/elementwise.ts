/**
 * Operators that compute element by element and put their result on a grid of its own. Each kernel knows uint8 and int8,
 * the same type on every side.
 * https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
 */
import { CONTRIB } from '../contrib.ts';
import { type Coded, is8Bit, type MakeTwin, triple } from './site.ts';

/** True where all have codes of the same 8-bit type. */
export function areAlike(all: readonly (Coded | undefined)[]): all is readonly Coded[] {
  const [first] = all;
  return first !== undefined && is8Bit(first) && all.every(one => one?.dtype === first.dtype);
}

/** Every input in three parts, then the grid of the result. */
export const elementwise =
  (opType: string, attributes: readonly string[] = []): MakeTwin =>
  ({ inputs, outputs }) => {
    const [result] = outputs;
    if (!result || !areAlike(inputs) || !areAlike([...inputs, result])) return undefined;
    return {
      opType,
      domain: CONTRIB,
      inputs: [...inputs.flatMap(triple), result.scale, result.zeroPoint],
      attributes,
    };
  };

/** Inputs may lie on different grids; the grid of the result comes first. */
const concat: MakeTwin = ({ inputs, outputs: [result] }) => {
  if (!result || !areAlike(inputs) || !areAlike([...inputs, result])) return undefined;
  return {
    opType: 'QLinearConcat',
    domain: CONTRIB,
    inputs: [result.scale, result.zeroPoint, ...inputs.flatMap(triple)],
  };
};

/** The condition has no grid. */
const where: MakeTwin = ({ node, inputs: [, x, y], outputs: [result] }) => {
  const chosen = [x, y];
  if (!result || !areAlike(chosen) || !areAlike([...chosen, result])) return undefined;
  return {
    opType: 'QLinearWhere',
    domain: CONTRIB,
    inputs: [node.inputs[0], ...chosen.flatMap(triple), result.scale, result.zeroPoint],
  };
};

export const ELEMENTWISE: Readonly<Record<string, MakeTwin>> = {
  Add: elementwise('QLinearAdd'),
  Mul: elementwise('QLinearMul'),
  Sigmoid: elementwise('QLinearSigmoid'),
  LeakyRelu: elementwise('QLinearLeakyRelu', ['alpha']),
  Concat: concat,
  Where: where,
};
