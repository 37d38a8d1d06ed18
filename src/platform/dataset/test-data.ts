/**
 * The test data of ONNX: folders `test_data_set_0`, `_1`, … each with `input_0.pb`, … and `output_0.pb`, … A folder is a
 * sample of whole inputs. The first output of floats is the target "y".
 * https://github.com/onnx/onnx/blob/main/docs/OnnxBackendTest.md
 *
 * Invariant: all folders hold the same tensors in the same types and shapes.
 */
import type { Entry } from 'yauzl';
import type { DataArray } from '../../core/data/dataset.ts';
import { readTensorFile } from '../../core/onnx/read-tensor-file.ts';
import { isFloat } from '../../core/tensor/dtype.ts';
import { isArrayDType, type Tensor } from '../../core/tensor/tensor.ts';
import { BitpressError } from '../../errors.ts';
import { type Archive, readMember, refuse } from './archive.ts';
import { rawArray } from './file-array.ts';
import type { Scratch } from './scratch.ts';

const MEMBER = /(?:^|\/)test_data_set_(\d{1,6})\/(input|output)_(\d{1,4})\.pb$/;
const IN_SET = /(?:^|\/)test_data_set_\d+\//;

export const isTestData = (fileName: string): boolean => IN_SET.test(fileName);

interface Member {
  readonly entry: Entry;
  readonly set: number;
  readonly kind: string;
  readonly index: number;
}

/** @param inputs names of the model's inputs, in order; undefined where they are not known yet */
export async function openTestData(
  archive: Archive,
  scratch: Scratch,
  inputs: readonly string[] | undefined,
): Promise<readonly DataArray[]> {
  const members = archive.entries.map(entry => memberOf(entry));
  const sets = [...new Set(members.map(({ set }) => set))].sort((a, b) => a - b);
  const places = [...new Set(members.map(({ kind, index }) => `${kind}_${index}`))].sort(byNumber);
  const arrays: DataArray[] = [];
  let labelled = false;
  for (const place of places) {
    const isInput = place.startsWith('input');
    // Reading every output would cost more than it gives: one is scored.
    if (!isInput && labelled) continue;
    const column = sets.map(set => {
      const found = members.find(each => each.set === set && `${each.kind}_${each.index}` === place);
      return found?.entry ?? refuse(`has no ${place}.pb in test_data_set_${set}, as in other folders`);
    });
    const array = await stack(archive, scratch, column, tensorName =>
      isInput ? nameOf(place, tensorName, inputs) : 'y',
    );
    if (!isInput && !isFloat(array.dtype)) continue;
    labelled ||= !isInput;
    arrays.push(array);
  }
  return arrays;
}

function memberOf(entry: Entry): Member {
  const [, set, kind, index] = MEMBER.exec(entry.fileName) ?? [];
  if (set === undefined || kind === undefined || index === undefined)
    return refuse(`holds "${entry.fileName}"; test data is test_data_set_0/input_0.pb and the like`);
  return { entry, set: Number(set), kind, index: Number(index) };
}

/** By position, as test runners feed them; by the tensor's own name while there is no model. */
function nameOf(place: string, tensorName: string, inputs: readonly string[] | undefined): string {
  if (inputs?.includes(tensorName)) return tensorName;
  return inputs?.[Number(place.split('_')[1])] ?? (tensorName === '' ? place : tensorName);
}

async function stack(
  archive: Archive,
  scratch: Scratch,
  column: readonly Entry[],
  name: (tensorName: string) => string,
): Promise<DataArray> {
  const begun = scratch.begin();
  let first: { readonly name: string; readonly tensor: Tensor } | undefined;
  for (const entry of column) {
    const found = readTensorFile(await readMember(archive, entry), entry.fileName);
    const { dtype, dims } = found.tensor;
    first ??= found;
    if (dtype !== first.tensor.dtype || dims.join() !== first.tensor.dims.join())
      throw new BitpressError(
        'dataset_unreadable',
        `"${entry.fileName}" is ${dtype}[${dims.join(', ')}], in other folders it is ${first.tensor.dtype}[${first.tensor.dims.join(', ')}]`,
        { field: entry.fileName, hint: 'Send folders whose tensors have one shape.' },
      );
    scratch.append(found.tensor.bytes());
  }
  const { dtype, dims } = first!.tensor;
  if (!isArrayDType(dtype))
    throw new BitpressError('dataset_unreadable', `test data of type ${dtype} cannot be fed`, {
      field: first!.name,
    });
  return rawArray(name(first!.name), dtype, [column.length, ...dims], scratch.end(begun));
}

/** input_2 before input_10, inputs before outputs. */
function byNumber(a: string, b: string): number {
  const [kindA = '', a1] = a.split('_');
  const [kindB = '', b1] = b.split('_');
  return kindA === kindB ? Number(a1) - Number(b1) : kindA < kindB ? -1 : 1;
}
