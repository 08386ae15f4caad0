import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { namesOfPhotograph } from '../data/photographs';
import { UserError } from '../errors';

/** Bytes of an image's hash: two of 118,000 images share theirs once in 2.6 billion sets. */
const BYTES = 8;

/**
 * A set of images that is small on disk: sorted hashes of their names, 8 bytes each (0.9 MB for COCO's 118,000). It tells
 * whether an image is in it, and not which ones are. Folders do not count, since an image may have been moved, nor does
 * which of its names a photograph of COCO or Flickr has.
 */
export class ImageSet {
  private constructor(private readonly hashes: ReadonlySet<bigint>) {}

  static of(ids: Iterable<string>): ImageSet {
    return new ImageSet(new Set(Array.from(ids, (id) => hashOf(namesOfPhotograph(id)[0]))));
  }

  /** @throws UserError where the file is missing or is none of these */
  static read(file: string): ImageSet {
    const bytes = fs.existsSync(file) ? fs.readFileSync(file) : undefined;
    if (!bytes || bytes.length % BYTES !== 0)
      throw new UserError(`${file} is missing or was cut off: copy the model's whole folder again.`);

    const count = bytes.length / BYTES;
    return new ImageSet(new Set(Array.from({ length: count }, (_, i) => bytes.readBigUInt64BE(i * BYTES))));
  }

  /** What `read` reads: the hashes in order. */
  toBytes(): Buffer {
    const sorted = [...this.hashes].sort((a, b) => (a < b ? -1 : 1));
    const bytes = Buffer.alloc(sorted.length * BYTES);
    sorted.forEach((hash, i) => bytes.writeBigUInt64BE(hash, i * BYTES));
    return bytes;
  }

  get size(): number {
    return this.hashes.size;
  }

  has(id: string): boolean {
    // Files of older models have hashes of the names as they were.
    return namesOfPhotograph(id).some((name) => this.hashes.has(hashOf(name)));
  }

  /** The images of both. */
  with(other: ImageSet): ImageSet {
    return new ImageSet(new Set([...this.hashes, ...other.hashes]));
  }
}

/** The first bytes of the SHA-256 of an image's name. */
function hashOf(name: string): bigint {
  return createHash('sha256').update(name).digest().readBigUInt64BE(0);
}
