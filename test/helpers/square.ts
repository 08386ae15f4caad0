import type { ImageInput } from '../../lib/vision/encoders/definition';

/** A square input image, to which images are squashed. */
export const square = (size: number): ImageInput => ({ height: size, width: size });
