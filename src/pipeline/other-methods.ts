/** Methods that would find something to quantize in the model, for a reader whose artifact came out slow. */
import { METHODS } from '../core/quantization/methods/index.ts';
import type { Files } from './ports.ts';
import type { PreparedModel } from './prepared-model.ts';
import { outlookOf } from './preview-candidates.ts';

/** Those that a CPU can compute in fewer bits; half precision it computes in float32. */
const QUICK = ['static-int8', 'dynamic-int8', 'weight-only-int8', 'weight-only-int4'];

export interface OtherMethods {
  /** Id of the method that was used. */
  readonly than: string;
  readonly prepare: (minOpset: number) => Promise<PreparedModel>;
  readonly files: Files;
}

/** Ids in the order of METHODS. */
export async function otherMethods({ than, prepare, files }: OtherMethods): Promise<readonly string[]> {
  const found: string[] = [];
  for (const method of METHODS.all) {
    if (method.id === than || !QUICK.includes(method.id)) continue;
    // Sizes are not asked for: any number serves as the float model's.
    const { planned } = await outlookOf(method, () => ({}), { prepare, files, fileBytes: 1 });
    if (planned) found.push(method.id);
  }
  return found;
}
