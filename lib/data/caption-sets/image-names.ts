/**
 * The key of an image id: 139, "139" and "000000000139" are one image, whichever way a file writes its number.
 */
export function imageKey(id: string | number): string {
  const text = String(id).trim();
  return /^\d+$/.test(text) ? text.replace(/^0+(?=\d)/, '') : text;
}

/**
 * The names by which another file may know an image, the best first: its key, the name of its file without folders and
 * without its ending, and the number at the end of COCO's names of 2014 (`COCO_val2014_000000000139.jpg`).
 */
export function namesOf(key: string): string[] {
  const file =
    key
      .replace(/[?#].*$/, '')
      .split(/[\\/]/)
      .at(-1) ?? key;
  const stem = file.replace(/\.(jpe?g|png|gif|webp|bmp|tiff?)$/i, '');
  const number = /^COCO_.+_(\d{12})$/.exec(stem)?.[1];
  return [...new Set([key, file, stem, ...(number === undefined ? [] : [number])].map(imageKey))];
}

/** Finds images of one file by the names that another file has for them. */
export class ImageIndex {
  /** the key of each name; undefined where several images have it */
  private readonly keys = new Map<string, string | undefined>();

  /** @param images keys, each with further names of the image */
  constructor(images: Iterable<readonly [key: string, aliases: readonly string[]]>) {
    const entries = [...images];
    for (const [key, aliases] of entries) {
      for (const name of [key, ...aliases].flatMap(namesOf))
        this.keys.set(name, this.keys.has(name) && this.keys.get(name) !== key ? undefined : key);
    }

    // An image's own key is never in doubt.
    for (const [key] of entries) this.keys.set(key, key);
  }

  /** The key of the image that a name means; undefined where there is none or several. */
  find(name: string): string | undefined {
    return namesOf(imageKey(name))
      .map((one) => this.keys.get(one))
      .find((key) => key !== undefined);
  }
}
