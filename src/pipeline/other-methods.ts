/** Methods that would find something to quantize in the model, for a reader whose artifact came out slow. */
import type { Method } from '../core/quantization/method.ts';
import { METHODS } from '../core/quantization/methods/index.ts';
import { isBitpressError } from '../errors.ts';
import type { PreparedModel } from './prepared-model.ts';
import { refuseUseless } from './refuse-useless.ts';

/** Those that a CPU can compute in fewer bits; half precision it computes in float32. */
const QUICK = ['static-int8', 'dynamic-int8', 'weight-only-int8', 'weight-only-int4'];

export interface OtherMethods {
  /** Id of the method that was used. */
  readonly than: string;
  readonly prepare: (minOpset: number) => Promise<PreparedModel>;
}

/** Ids in the order of METHODS. */
export async function otherMethods({ than, prepare }: OtherMethods): Promise<readonly string[]> {
  const found: string[] = [];
  for (const method of METHODS.all) {
    if (method.id === than || !QUICK.includes(method.id)) continue;
    if (await findsSomething(method, prepare)) found.push(method.id);
  }
  return found;
}

async function findsSomething(method: Method, prepare: OtherMethods['prepare']): Promise<boolean> {
  try {
    await refuseUseless(method, {}, prepare);
    return true;
  } catch (error) {
    if (!isBitpressError(error)) throw error;
    return false;
  }
}
