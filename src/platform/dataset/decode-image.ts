/**
 * Images by sharp (libvips). The only importer of it.
 *
 * Invariant: only PNG, JPEG and WebP are ever given to a decoder, told by their first bytes and held to it in libvips
 * too: its other loaders read SVG, PDF and more. It is optional: where it is not installed, an archive of images says so.
 * Decoding happens in a sandbox, never in the API.
 */
import type * as SharpModule from 'sharp';
import { BitpressError, isBitpressError } from '../../errors.ts';

export interface ImageSize {
  readonly height: number;
  readonly width: number;
  readonly grey: boolean;
}

/** The whole image scaled to a size, then a window of it. */
export interface Cut {
  readonly scaled: Area;
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

type Sharp = typeof SharpModule.default;
let loaded: Promise<Sharp> | undefined;

async function load(): Promise<Sharp> {
  let sharp: Sharp;
  try {
    sharp = (await import('sharp')).default;
  } catch (error) {
    throw new BitpressError(
      'dataset_unreadable',
      'images cannot be read here: the package "sharp" is not installed',
      {
        cause: error,
        hint: 'Install it beside Bitpress, or send the pixels as .npz.',
      },
    );
  }
  sharp.cache(false);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({
    operation: ['VipsForeignLoadPngBuffer', 'VipsForeignLoadJpegBuffer', 'VipsForeignLoadWebpBuffer'],
  });
  return sharp;
}

/** @throws BitpressError dataset_unreadable */
export async function imageSize(bytes: Buffer, name: string, maxPixels: number): Promise<ImageSize> {
  const { height, width, channels } = await readable(name, async sharp =>
    sharp(checked(bytes, name), { limitInputPixels: false, failOn: 'error' }).metadata(),
  );
  if (height * width > maxPixels)
    throw new BitpressError(
      'dataset_unreadable',
      `image "${name}" has ${width}x${height} pixels; ${maxPixels} are allowed`,
      { field: name, limit: 'maxPixels' },
    );
  return { height, width, grey: channels < 3 };
}

/**
 * Red, green and blue of each pixel, row by row; transparency is dropped, as by Pillow's
 * convert("RGB"). Scaled with a triangle as wide as a new pixel, as Pillow's BILINEAR is.
 * @throws BitpressError dataset_unreadable
 */
export async function decodeImage(bytes: Buffer, name: string, maxPixels: number, cut: Cut): Promise<Buffer> {
  const { scaled, top, left, height, width } = cut;
  const { data, info } = await readable(name, async sharp => {
    const whole = await sharp(checked(bytes, name), { limitInputPixels: maxPixels, failOn: 'error' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (same(whole.info, scaled) && same(whole.info, cut)) return whole;
    // Anew from the colours: scaled in one go, those of transparent pixels would be lost.
    const { channels } = whole.info;
    return sharp(whole.data, { raw: { width: whole.info.width, height: whole.info.height, channels } })
      .resize(scaled.width, scaled.height, { fit: 'fill', kernel: 'linear' })
      .extract({ left, top, width, height })
      .raw()
      .toBuffer({ resolveWithObject: true });
  });
  if (info.channels !== 3 || data.length !== 3 * width * height)
    throw new BitpressError('dataset_unreadable', `image "${name}" has no colours that can be read`, {
      field: name,
    });
  return data;
}

interface Area {
  readonly height: number;
  readonly width: number;
}

function same(one: Area, other: Area): boolean {
  return one.height === other.height && one.width === other.width;
}

const MAGIC: readonly (readonly [string, number])[] = [
  ['\x89PNG\r\n\x1a\n', 0],
  ['\xff\xd8\xff', 0],
  ['WEBP', 8],
];

function checked(bytes: Buffer, name: string): Buffer {
  const known = MAGIC.some(([magic, at]) => bytes.toString('latin1', at, at + magic.length) === magic);
  if (known) return bytes;
  throw new BitpressError('dataset_unreadable', `"${name}" is not a PNG, JPEG or WebP image`, {
    field: name,
  });
}

async function readable<R>(name: string, work: (sharp: Sharp) => Promise<R>): Promise<R> {
  const sharp = await (loaded ??= load());
  try {
    return await work(sharp);
  } catch (error) {
    if (isBitpressError(error)) throw error;
    throw new BitpressError(
      'dataset_unreadable',
      `image "${name}" cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      { field: name, cause: error },
    );
  }
}
