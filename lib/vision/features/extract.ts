import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Problem } from '../../data/types';
import { messageOf, StoppedError } from '../../errors';
import { inBatches } from '../../in-batches';
import { silentProgress, type StartProgress } from '../../progress/progress';
import type { Augmentation } from '../images/augment';
import { readImageFile } from '../images/image-file';
import type { FeatureExtractor } from './feature-extractor';
import { FeatureStore, type Fingerprint } from './store';

/** An image whose features are wanted. */
export interface ImageFile {
  id: string;
  file: string;
  /** a variant of the image instead of the image as it is; it has an id of its own */
  augmentation?: Augmentation;
}

export interface ExtractOptions {
  /** Folder of all feature caches; each extractor has its own folder in it. */
  dir: string;
  progress?: StartProgress;
  /** Stops after the current batch; its features and all before are kept. */
  signal?: AbortSignal;
}

/** An image on its way to the encoder. */
interface Decoded {
  id: string;
  fingerprint: Fingerprint;
  pixels: Uint8Array;
}

/**
 * The features of images, computed where they are not in the cache yet. While the encoder works on a batch, the next
 * one is decoded on other threads.
 * @returns the store with all of them but those that could not be decoded, which are listed
 * @throws StoppedError when stopped by the signal, UserError when features are not finite
 */
export async function extractFeatures(
  images: readonly ImageFile[],
  extractor: FeatureExtractor,
  { dir, progress: startProgress = silentProgress, signal }: ExtractOptions,
): Promise<{ store: FeatureStore; problems: Problem[] }> {
  const { batchSize, encoder } = extractor;
  const store = new FeatureStore(path.join(dir, extractor.key), encoder.regions, encoder.channels);
  const problems: Problem[] = [];
  const missing = images.filter((image) => !isStored(store, image));
  if (missing.length === 0) return { store, problems };

  const progress = startProgress('Extracting features', missing.length);
  try {
    const batches = inBatches(missing, batchSize);
    const decode = (index: number) => decodeBatch(batches[index] ?? [], extractor);
    let next = decode(0);
    for (let i = 0; i < batches.length; i++) {
      const batch = await next;
      // Starts before the encoder does, which blocks this thread but not the decoding ones.
      next = decode(i + 1);
      for (const problem of batch.problems) {
        store.forget(problem.where);
        problems.push(problem);
      }
      if (batch.decoded.length > 0) {
        const features = extractor.extract(batch.decoded.map(({ pixels }) => pixels));
        store.append(
          batch.decoded.map(({ id, fingerprint }, at) => ({ id, fingerprint, features: features[at] })),
        );
      }
      progress.update(Math.min(missing.length, (i + 1) * batchSize));
      if (signal?.aborted && i + 1 < batches.length) {
        await next;
        throw new StoppedError(
          `Stopped after ${(i + 1) * batchSize} of ${missing.length} images; their features are kept: run again to continue.`,
        );
      }
    }
  } catch (error) {
    store.close();
    throw error;
  } finally {
    progress.finish();
  }
  return { store, problems };
}

/** Whether the store has the features of this very file; not of one that cannot be read any more. */
function isStored(store: FeatureStore, image: ImageFile): boolean {
  const known = store.fingerprint(image.id);
  if (!known) return false;
  try {
    const { size, mtimeMs } = fs.statSync(image.file);
    // A copied file has another time but the same content.
    return (
      known.size === size && (known.time === mtimeMs || known.sha1 === sha1(fs.readFileSync(image.file)))
    );
  } catch {
    return false; // decoding will say why
  }
}

/** Decodes images in parallel, on sharp's threads. Never throws: what fails is listed. */
async function decodeBatch(
  images: readonly ImageFile[],
  extractor: FeatureExtractor,
): Promise<{ decoded: Decoded[]; problems: Problem[] }> {
  const decoded: Decoded[] = [];
  const problems: Problem[] = [];
  const results = await Promise.allSettled(images.map((image) => decodeOne(image, extractor)));
  results.forEach((result, i) => {
    if (result.status === 'fulfilled') decoded.push(result.value);
    else problems.push({ where: images[i].id, what: messageOf(result.reason) });
  });
  return { decoded, problems };
}

async function decodeOne(
  { id, file, augmentation }: ImageFile,
  extractor: FeatureExtractor,
): Promise<Decoded> {
  // Read here and now: the decoding can then begin at once, whatever blocks this thread next.
  const bytes = readImageFile(file);
  const time = fs.statSync(file).mtimeMs;
  const pixels = await extractor.decode(bytes, file, augmentation);
  return { id, fingerprint: { size: bytes.length, time, sha1: sha1(bytes) }, pixels };
}

function sha1(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('hex');
}
