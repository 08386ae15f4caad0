import { createHash } from 'node:crypto';
import type { DataOptions } from '../../data/options';
import { drawAugmentation, type Augmentation } from '../images/augment';
import type { ImageFile } from './extract';

/** Changes when the same options and seed give other pixels than before. */
const AUGMENTATION_VERSION = 1;

interface NamedAugmentation extends Augmentation {
  /** of its features */
  id: string;
}

/**
 * Augmented variants of training images. Their features are computed once and cached beside those of the images, under ids
 * such as `name.jpg@view1-3f2a99c1`: with other options or another seed there are other ids, and more augmentations leave
 * those that are there as they were. Variant 0 is the image itself.
 */
export class Augmentations {
  /** Differs between augmentations that give different pixels. */
  readonly key: string;
  private readonly known = new Map<string, NamedAugmentation[]>();

  constructor(private readonly options: { augment: 'flip' | 'full'; augmentations: number; seed: number }) {
    const { augment, seed } = options;
    const parts = [AUGMENTATION_VERSION, augment, ...(augment === 'full' ? [seed] : [])];
    this.key = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 8);
  }

  /** Variants per image, the image itself included. */
  get count(): number {
    return this.options.augment === 'flip' ? 2 : this.options.augmentations;
  }

  /** All augmentations of an image. */
  of(image: string): readonly NamedAugmentation[] {
    let augmentations = this.known.get(image);
    if (!augmentations) {
      const drawn = Array.from({ length: this.count - 1 }, (_, i) => this.draw(image, i + 1));
      augmentations = [{ id: image, flip: false }, ...drawn];
      this.known.set(image, augmentations);
    }
    return augmentations;
  }

  /** The files whose features are needed beside those of the images themselves. */
  files(images: readonly ImageFile[]): ImageFile[] {
    return images.flatMap(({ id: image, file }) =>
      this.of(image)
        .slice(1)
        .map((augmentation) => ({ id: augmentation.id, file, augmentation })),
    );
  }

  /** The ids of the augmentations of an image that captions may be paired with. */
  idsFor(image: string, { mentionsLeftRight }: { mentionsLeftRight: boolean }): string[] {
    return this.of(image)
      .filter(({ flip }) => !(flip && mentionsLeftRight))
      .map(({ id }) => id);
  }

  private draw(image: string, number: number): NamedAugmentation {
    const { augment, seed } = this.options;
    const augmentation = augment === 'flip' ? { flip: true } : drawAugmentation(seed, image, number);
    return { ...augmentation, id: `${image}@view${number}-${this.key}` };
  }
}

/** The augmentations that the options select, if any. */
export function augmentationsOf({ augment, augmentations, seed }: DataOptions): Augmentations | undefined {
  return augment === 'none' ? undefined : new Augmentations({ augment, augmentations, seed });
}

/** The image of which an id is a variant; other ids stay as they are. */
export function imageOfAugmentation(id: string): string {
  return id.replace(/@view\d+-[0-9a-f]{8}$/, '');
}
