import { UNREADABLE } from '../decode-text';
import { splitWords } from '../tokenizer';
import type { CaptionFile, CaptionRows, Problem } from './types';

/** Characters of a caption and of an image's name at most: what is longer is a row gone wrong. */
const LONGEST_CAPTION = 10_000;
const LONGEST_NAME = 1_000;

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
   * Adds one caption. An image without a name, a caption without any word, one that cannot be read and a `key` (the
   * row's own number) that occurred before are problems. The same sentence under another key is kept: two annotators
   * may have written it.
   */
  addCaption(where: string, id: string, caption: string, key?: string): void {
    const name = id.trim();
    const text = caption.trim().replace(/\s+/g, ' ');
    const wrong = whatIsWrong(name, text);
    if (wrong) return this.problem(where, wrong);
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

function whatIsWrong(name: string, caption: string): string | undefined {
  const row = name + caption;
  if (name === '') return 'no image name';
  if (name.length > LONGEST_NAME) return `an image name of ${name.length} characters`;
  if (caption.length > LONGEST_CAPTION) return `a caption of ${caption.length} characters`;
  if (row.includes(UNREADABLE))
    return 'characters of an encoding that cannot be told: save the file as UTF-8';
  if (row.includes('\0')) return 'a NUL byte';
  return splitWords(caption).length === 0 ? 'empty caption' : undefined;
}
