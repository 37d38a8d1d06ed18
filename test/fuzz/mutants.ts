/** Case number `index` of a campaign: which model, and what was done to it. A pure function of seed and index. */
import type { Corpus } from './corpus.ts';
import { mutateKeras } from './mutate/mutate-keras.ts';
import { type Mutant, mutateOnnx } from './mutate/mutate-onnx.ts';
import { Random } from './random.ts';

export interface Case extends Mutant {
  readonly index: number;
  readonly origin: string;
  /** What the file is uploaded as. */
  readonly fileName: string;
  readonly random: Random;
}

export function caseOf(corpus: Corpus, seed: number, index: number): Case {
  const random = new Random(seed, index);
  const chosen = corpus.choose(random);
  const mutant =
    chosen.format === 'onnx' ? mutateOnnx(chosen.tree, random, corpus.donors) : mutateKeras(chosen, random);
  const fileName = chosen.format === 'onnx' ? 'model.onnx' : `model${/\.[a-z0-9]+$/.exec(chosen.name)?.[0]}`;
  return { ...mutant, index, origin: chosen.name, fileName, random };
}
