/** A mutant whose tensors lie in files that were not sent: the canaries. */
import type { Corpus } from '../corpus.ts';
import type { Case } from '../mutants.ts';
import {
  cloneTree,
  type Field,
  intField,
  messageField,
  messagesOf,
  setFields,
  textField,
  writeTree,
} from '../mutate/message-tree.ts';
import { Random } from '../random.ts';

export function attackModel(corpus: Corpus, seed: number, index: number, locations: readonly string[]): Case {
  const random = new Random(seed ^ 0x5ec7e7, index);
  const tree = cloneTree(random.pick(corpus.donors)!);
  const location = random.pick(locations)!;
  const entry = (key: string, value: string): Field =>
    messageField(13, 'entry', [textField(1, key), textField(2, value)]);
  for (const tensor of messagesOf(tree, 'tensor')) {
    if (random.chance(0.3)) continue;
    for (const payload of [4, 5, 7, 9]) setFields(tensor, payload);
    setFields(tensor, 13, entry('location', location), ...(random.chance(0.5) ? [entry('offset', '0')] : []));
    setFields(tensor, 14, intField(14, 1));
  }
  return {
    index,
    random,
    bytes: writeTree(tree),
    edits: [`external data in ${location}`],
    origin: 'attack',
    fileName: 'model.onnx',
  };
}
