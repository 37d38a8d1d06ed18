/**
 * The images that an input takes: size, channels and layout, and what is done to an image of another size.
 *
 * Invariant: only what the model declares or the spec says; a side that neither knows stays undefined, and all images
 * must then have one size.
 */
import type { DatasetUse } from './dataset.ts';
import type { Resize } from './preprocess.ts';

export interface ImageTarget {
  readonly height: number | undefined;
  readonly width: number | undefined;
  readonly channels: 1 | 3;
  readonly layout: 'nchw' | 'nhwc';
  readonly resize: Resize | undefined;
}

/** Name of the array that a dataset of images holds; a model with one input takes any name. */
export const IMAGES = 'image';

/** @returns undefined where no input takes images; they keep their size and are channels last */
export function imageTarget({ inputs, preprocess }: DatasetUse): ImageTarget | undefined {
  const input = inputs.length === 1 ? inputs[0] : inputs.find(({ name }) => name === IMAGES);
  const dims = input?.dims;
  if (!input || dims?.length !== 4) return undefined;
  const { layout: told, resize } = preprocess?.[input.name] ?? {};
  const colours = (axis: number): 1 | 3 | undefined =>
    dims[axis] === 1 || dims[axis] === 3 ? dims[axis] : undefined;
  const layout = told ?? (colours(1) !== undefined && colours(3) === undefined ? 'nchw' : 'nhwc');
  const [height, width] = (layout === 'nchw' ? dims.slice(2) : dims.slice(1)).map(dim =>
    typeof dim === 'number' ? dim : undefined,
  );
  return { height, width, channels: colours(layout === 'nchw' ? 1 : 3) ?? 3, layout, resize };
}
