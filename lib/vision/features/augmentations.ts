import { createHash } from 'node:crypto';
import type { DataOptions } from '../../config/options';
import { drawAugmentation, type Augmentation } from '../images/augment';
import type { ImageFile } from './extract';

/** Changes when the same options and seed give other pixels than before. */
const AUGMENTATION_VERSION = 1;

interface NamedAugmentation extends Augmentation {
  /** of its features */
  id: string;
}

/**
 * The variants of training pictures. Their features are computed once and kept beside those of the pictures, under ids
 * such as `name.jpg@view1-3f2a99c1`: with other options or another seed there are other ids, and more augmentations leave
 * those that are there as they were. View 0 is the picture itself.
 */
export class Augmentations {
  /** Tells apart the augmentations that give other pictures. */
  readonly key: string;
  private readonly known = new Map<string, NamedAugmentation[]>();

  constructor(private readonly options: { augment: 'flip' | 'full'; augmentations: number; seed: number }) {
    const { augment, seed } = options;
    const parts = [AUGMENTATION_VERSION, augment, ...(augment === 'full' ? [seed] : [])];
    this.key = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 8);
  }

  /** Views per picture, the picture itself included. */
  get count(): number {
    return this.options.augment === 'flip' ? 2 : this.options.augmentations;
  }

  /** All augmentations of a picture. */
  of(image: string): readonly NamedAugmentation[] {
    let augmentations = this.known.get(image);
    if (!augmentations) {
      const drawn = Array.from({ length: this.count - 1 }, (_, i) => this.draw(image, i + 1));
      augmentations = [{ id: image, flip: false }, ...drawn];
      this.known.set(image, augmentations);
    }
    return augmentations;
  }

  /** What the encoder has to look at beside the pictures themselves. */
  files(images: readonly ImageFile[]): ImageFile[] {
    return images.flatMap(({ id: image, file }) =>
      this.of(image)
        .slice(1)
        .map((augmentation) => ({ id: augmentation.id, file, augmentation })),
    );
  }

  /** The ids of the augmentations of a picture that captions may stand under. */
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

/** The augmentations that the options ask for, if any. */
export function augmentationsOf({ augment, augmentations, seed }: DataOptions): Augmentations | undefined {
  return augment === 'none' ? undefined : new Augmentations({ augment, augmentations, seed });
}

/** The picture of which an id is a view; other ids stay as they are. */
export function imageOfAugmentation(id: string): string {
  return id.replace(/@view\d+-[0-9a-f]{8}$/, '');
}
