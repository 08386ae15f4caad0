import type { CaptionFile, CaptionRows, Problem } from './types';
import { splitWords } from '../tokenizer';

/** Collects the rows of a caption file by image, and the problems of rows that are left out. */
export class CaptionCollector {
  private readonly images = new Map<string, CaptionRows>();
  private readonly keys = new Set<string>();
  readonly problems: Problem[] = [];

  /** Records a row that is left out. */
  problem(where: string, what: string): void {
    this.problems.push({ where, what });
  }

  /** Adds an image, with or without captions yet; one that was added before is returned. */
  addImage(id: string, details: Pick<CaptionRows, 'path' | 'imageId' | 'split'> = {}): CaptionRows {
    let image = this.images.get(id);
    if (!image) {
      image = { id, captions: [], ...details };
      this.images.set(id, image);
    }
    return image;
  }

  /**
   * Adds one caption. An image without a name, a caption without any word and a `key` (the row's
   * own number) that occurred before are problems. The same sentence under another key is kept:
   * two annotators may have written it.
   */
  addCaption(where: string, id: string, caption: string, key?: string): void {
    const name = id.trim();
    const text = caption.trim().replace(/\s+/g, ' ');
    if (name === '') return this.problem(where, 'no image name');
    if (splitWords(text).length === 0) return this.problem(where, 'empty caption');
    if (key !== undefined) {
      if (this.keys.has(key)) return this.problem(where, `caption ${key} occurs twice`);
      this.keys.add(key);
    }
    this.addImage(name).captions.push(text);
  }

  /** All images with captions. Images without any are problems. */
  result(): CaptionFile {
    const images = [...this.images.values()];
    for (const { id, captions } of images) if (captions.length === 0) this.problem(id, 'no caption');

    return { images: images.filter(({ captions }) => captions.length > 0), problems: this.problems };
  }
}

/** The lines of a text with any line ends, without a byte order mark. */
export function splitLines(text: string): string[] {
  return text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
}
