/** What part of an image, at which scale, an input gets. Pure. The arithmetic is torchvision's (Resize, CenterCrop). */
import type { ImageTarget } from '../../core/data/image-target.ts';
import { BitpressError } from '../../errors.ts';
import type { Cut, ImageSize } from './decode-image.ts';

type Side = Pick<ImageTarget, 'height' | 'width' | 'resize'>;

/** @throws BitpressError dataset_mismatch where the sizes differ and nothing says what to do */
export function fitImage(name: string, image: ImageSize, target: Side): Cut {
  const { height = image.height, width = image.width, resize } = target;
  const whole = { scaled: { height, width }, top: 0, left: 0, height, width };
  if (image.height === height && image.width === width && typeof resize !== 'object') return whole;
  if (resize === undefined)
    throw new BitpressError(
      'dataset_mismatch',
      `image "${name}" has ${image.width}x${image.height} pixels, ${width}x${height} are taken`,
      { field: name, hint: 'Say how it is to be scaled, in preprocess.<input>.resize.' },
    );
  if (resize === 'stretch') return whole;
  const scaled =
    resize === 'cover' ? covering(image, { height, width }) : shorterTo(image, resize.shorterSide);
  if (scaled.height < height || scaled.width < width)
    throw new BitpressError(
      'dataset_mismatch',
      `image "${name}" is ${scaled.width}x${scaled.height} after resize, ${width}x${height} are taken`,
      { field: name, hint: 'Give a larger shorterSide.' },
    );
  const centre = (outer: number, inner: number): number => Math.round((outer - inner) / 2);
  return { scaled, top: centre(scaled.height, height), left: centre(scaled.width, width), height, width };
}

function shorterTo({ height, width }: ImageSize, side: number) {
  return height <= width
    ? { height: side, width: Math.floor((side * width) / height) }
    : { height: Math.floor((side * height) / width), width: side };
}

function covering(image: ImageSize, { height, width }: { height: number; width: number }) {
  const scale = Math.max(height / image.height, width / image.width);
  return {
    height: Math.max(height, Math.round(image.height * scale)),
    width: Math.max(width, Math.round(image.width * scale)),
  };
}
