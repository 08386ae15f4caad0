import { createHash } from 'node:crypto';
import type { DataOptions } from '../config/options';
import { drawView, type View } from '../images/augment';
import type { ImageFile } from './extract';

/** Changes when the same options and seed give other pixels than before. */
const augmentationVersion = 1;

interface NamedView extends View {
  /** of its features */
  id: string;
}

/**
 * The variants of training pictures. Their features are computed once and kept beside those of the pictures, under ids
 * such as `name.jpg@view1-3f2a99c1`: with other options or another seed there are other ids, and more views leave
 * those that are there as they were. View 0 is the picture itself.
 */
export class Views {
  /** Tells apart the augmentations that give other pictures. */
  readonly key: string;
  private readonly known = new Map<string, NamedView[]>();

  constructor(private readonly options: { augment: 'flip' | 'full'; views: number; seed: number }) {
    const { augment, seed } = options;
    const parts = [augmentationVersion, augment, ...(augment === 'full' ? [seed] : [])];
    this.key = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 8);
  }

  /** Views per picture, the picture itself included. */
  get count(): number {
    return this.options.augment === 'flip' ? 2 : this.options.views;
  }

  /** All views of a picture. */
  of(image: string): readonly NamedView[] {
    let views = this.known.get(image);
    if (!views) {
      const drawn = Array.from({ length: this.count - 1 }, (_, i) => this.draw(image, i + 1));
      views = [{ id: image, flip: false }, ...drawn];
      this.known.set(image, views);
    }
    return views;
  }

  /** What the encoder has to look at beside the pictures themselves. */
  files(images: readonly ImageFile[]): ImageFile[] {
    return images.flatMap(({ id: image, file }) =>
      this.of(image)
        .slice(1)
        .map((view) => ({ id: view.id, file, view })),
    );
  }

  /** The ids of the views of a picture that captions may stand under. */
  idsFor(image: string, { namesSide }: { namesSide: boolean }): string[] {
    return this.of(image)
      .filter(({ flip }) => !(flip && namesSide))
      .map(({ id }) => id);
  }

  private draw(image: string, number: number): NamedView {
    const { augment, seed } = this.options;
    const view = augment === 'flip' ? { flip: true } : drawView(seed, image, number);
    return { ...view, id: `${image}@view${number}-${this.key}` };
  }
}

/** The views that the options ask for, if any. */
export function viewsOf({ augment, views, seed }: DataOptions): Views | undefined {
  return augment === 'none' ? undefined : new Views({ augment, views, seed });
}

/** The picture of which an id is a view; other ids stay as they are. */
export function imageOfView(id: string): string {
  return id.replace(/@view\d+-[0-9a-f]{8}$/, '');
}
