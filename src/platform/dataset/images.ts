/**
 * An archive of images -> one uint8 array "image", in the size and layout of the input that takes it. In order of their
 * names. Where each image is in a folder that is a number, as in "7/0001.png", the folders are classes, in "y".
 *
 * Invariant: one image at a time is in memory; each is decoded once, into a nameless file.
 */
import type { Entry } from 'yauzl';
import type { DataArray } from '../../core/data/dataset.ts';
import { IMAGES, type ImageTarget } from '../../core/data/image-target.ts';
import { type Archive, readMember, refuse } from './archive.ts';
import { decodeImage, type ImageSize, imageSize } from './decode-image.ts';
import { rawArray } from './file-array.ts';
import { fitImage } from './fit-image.ts';
import type { Scratch } from './scratch.ts';

const EXTENSIONS = /\.(?:png|jpe?g|webp)$/i;
const CLASS_FOLDER = /(?:^|\/)(\d{1,9})\/[^/]+$/;

export const isImage = (fileName: string): boolean => EXTENSIONS.test(fileName);

/** What the archive holds, from the headers of the images: null where they differ. */
export async function describeImages(archive: Archive) {
  const entries = inOrder(archive);
  const sizes: ImageSize[] = [];
  for (const entry of entries) sizes.push(await sizeOf(archive, entry));
  const [first] = sizes;
  const same = (side: 'height' | 'width'): number | null =>
    first && sizes.every(size => size[side] === first[side]) ? first[side] : null;
  const channels = sizes.every(({ grey }) => grey) ? 1 : 3;
  const labels = classesOf(entries);
  return [
    { name: IMAGES, dtype: 'uint8', shape: [sizes.length, same('height'), same('width'), channels] },
    ...(labels ? [{ name: 'y', dtype: 'int64', shape: [labels.length] }] : []),
  ];
}

/** @throws BitpressError dataset_unreadable, dataset_mismatch, storage_full */
export async function openImages(
  archive: Archive,
  scratch: Scratch,
  target: ImageTarget | undefined,
): Promise<readonly DataArray[]> {
  const entries = inOrder(archive);
  const { maxPixels, maxInflatedBytes } = archive.limits;
  const begun = scratch.begin();
  let frame: { readonly height: number; readonly width: number; readonly channels: 1 | 3 } | undefined;
  for (const entry of entries) {
    const bytes = await readMember(archive, entry);
    const size = await imageSize(bytes, entry.fileName, maxPixels);
    // A side that the model leaves open is the first image's.
    const cut = fitImage(entry.fileName, size, { ...target, resize: target?.resize, ...open(frame, target) });
    frame ??= { ...cut, channels: target?.channels ?? (size.grey ? 1 : 3) };
    if (entries.length * cut.height * cut.width * frame.channels > maxInflatedBytes)
      refuse(`decodes to more than ${maxInflatedBytes} bytes`, 'maxInflatedBytes');
    const rgb = await decodeImage(bytes, entry.fileName, maxPixels, cut);
    scratch.append(arrange(rgb, frame.channels, target?.layout ?? 'nhwc'));
  }
  const region = scratch.end(begun);
  const { height, width, channels } = frame!;
  const shape = target?.layout === 'nchw' ? [channels, height, width] : [height, width, channels];
  const images = rawArray(IMAGES, 'uint8', [entries.length, ...shape], region);
  const labels = classesOf(entries);
  return labels ? [images, classArray(labels, scratch)] : [images];
}

function open(
  frame: { readonly height: number; readonly width: number } | undefined,
  target: ImageTarget | undefined,
) {
  return { height: target?.height ?? frame?.height, width: target?.width ?? frame?.width };
}

function sizeOf(archive: Archive, entry: Entry): Promise<ImageSize> {
  return readMember(archive, entry).then(bytes => imageSize(bytes, entry.fileName, archive.limits.maxPixels));
}

function inOrder({ entries }: Archive): readonly Entry[] {
  return [...entries].sort((a, b) => (a.fileName < b.fileName ? -1 : 1));
}

function classesOf(entries: readonly Entry[]): readonly number[] | undefined {
  const classes = entries.map(({ fileName }) => CLASS_FOLDER.exec(fileName)?.[1]);
  return classes.every(each => each !== undefined) ? classes.map(Number) : undefined;
}

function classArray(labels: readonly number[], scratch: Scratch): DataArray {
  const begun = scratch.begin();
  scratch.append(new Uint8Array(BigInt64Array.from(labels, BigInt).buffer));
  return rawArray('y', 'int64', [labels.length], scratch.end(begun));
}

/** Grey is the luma of ITU-R BT.601, in the integers that Pillow's convert("L") computes it in. */
function arrange(rgb: Buffer, channels: 1 | 3, layout: 'nchw' | 'nhwc'): Uint8Array {
  const pixels = rgb.length / 3;
  if (channels === 3 && layout === 'nhwc') return rgb;
  const out = new Uint8Array(pixels * channels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const [red, green, blue] = [rgb[3 * pixel]!, rgb[3 * pixel + 1]!, rgb[3 * pixel + 2]!];
    if (channels === 1) out[pixel] = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
    else {
      out[pixel] = red;
      out[pixels + pixel] = green;
      out[2 * pixels + pixel] = blue;
    }
  }
  return out;
}
