import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Problem } from '../../data/types';
import type { ImageInput } from '../encoders/definition';
import type { Encoder } from '../encoders/encoder';
import { messageOf, UserError } from '../../errors';
import type { Augmentation } from '../images/augment';
import { decodeImage, DECODING_VERSION } from '../images/decode';
import { inBatches } from '../../in-batches';
import { kernels } from '../../ops/kernels';
import { silentProgress, type StartProgress } from '../../progress/progress';
import { FeatureStore, type FeatureRecord, type Fingerprint } from './store';

/** A picture whose features are wanted. */
export interface ImageFile {
  id: string;
  file: string;
  /** a variant of the picture instead of the picture as it is; it has an id of its own */
  augmentation?: Augmentation;
}

export interface ExtractOptions {
  /** Folder of all feature caches; each encoder has its own folder in it. */
  dir: string;
  /** Images per encoder batch. */
  batchSize: number;
  progress?: StartProgress;
  /** Stops after the batch at hand; everything done is kept. */
  signal?: AbortSignal;
  /**
   * Stands in for `encoder.forward`: [batchSize, height, width, 3] to [batchSize, regions, channels],
   * for example compiled. It always gets a full batch.
   */
  run?: (images: tf.Tensor4D) => tf.Tensor3D;
  /** What sets the features of `run` apart from those of `encoder.forward`, e.g. 'bfloat16'. */
  variant?: string;
}

/** A picture on its way to the encoder. */
interface Decoded {
  id: string;
  fingerprint: Fingerprint;
  pixels: Uint8Array;
}

/**
 * The features of pictures, computed where they are not in the cache yet. While the encoder works
 * on a batch, the next one is decoded on other threads. Needs a TensorFlow backend.
 * @returns the store with all of them but those that could not be decoded, which are listed
 * @throws UserError when stopped by the signal, and when features are not finite
 */
export async function extractFeatures(
  images: readonly ImageFile[],
  encoder: Encoder,
  options: ExtractOptions,
): Promise<{ store: FeatureStore; problems: Problem[] }> {
  const { dir, batchSize, signal } = options;
  const store = new FeatureStore(
    path.join(dir, cacheKey(encoder, options.variant)),
    encoder.regions,
    encoder.channels,
  );
  const problems: Problem[] = [];
  const missing = images.filter((image) => !isStored(store, image));
  if (missing.length === 0) return { store, problems };

  const progress = (options.progress ?? silentProgress)('Looking at images', missing.length);
  try {
    const batches = inBatches(missing, batchSize);
    const decode = (index: number) => decodeBatch(batches[index] ?? [], encoder.input);
    let next = decode(0);
    for (let i = 0; i < batches.length; i++) {
      const batch = await next;
      // Starts before the encoder does, which blocks this thread but not the decoding ones.
      next = decode(i + 1);
      for (const problem of batch.problems) {
        store.forget(problem.where);
        problems.push(problem);
      }
      if (batch.decoded.length > 0) store.append(await encode(batch.decoded, encoder, options));

      progress.update(Math.min(missing.length, (i + 1) * batchSize));
      if (signal?.aborted && i + 1 < batches.length) {
        await next;
        throw new UserError(
          `Stopped after ${(i + 1) * batchSize} of ${missing.length} images; they are kept, run it again to go on.`,
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

/** One folder for each way of making features. */
function cacheKey(encoder: Encoder, variant?: string): string {
  const parts = [
    encoder.name,
    encoder.endPoint,
    encoder.weightsHash.slice(0, 12),
    `v${DECODING_VERSION}`,
    variant,
  ];
  return parts.filter((part) => part !== undefined && part !== '').join('-');
}

/** Whether the store has the features of this very file. */
function isStored(store: FeatureStore, image: ImageFile): boolean {
  const known = store.fingerprint(image.id);
  const stat = fs.statSync(image.file, { throwIfNoEntry: false });
  if (!known || !stat || known.size !== stat.size) return false;

  // A copied file has another time but the same content.
  return known.time === stat.mtimeMs || known.sha1 === sha1(fs.readFileSync(image.file));
}

/** Decodes pictures at the same time, on sharp's threads. Never throws: what fails is listed. */
async function decodeBatch(
  images: readonly ImageFile[],
  input: ImageInput,
): Promise<{ decoded: Decoded[]; problems: Problem[] }> {
  const decoded: Decoded[] = [];
  const problems: Problem[] = [];
  const results = await Promise.allSettled(images.map((image) => decodeOne(image, input)));
  results.forEach((result, i) => {
    if (result.status === 'fulfilled') decoded.push(result.value);
    else problems.push({ where: images[i].id, what: messageOf(result.reason) });
  });
  return { decoded, problems };
}

async function decodeOne({ id, file, augmentation }: ImageFile, input: ImageInput): Promise<Decoded> {
  const time = fs.statSync(file).mtimeMs;
  // Read here and now: the decoding can then begin at once, whatever blocks this thread next.
  const bytes = fs.readFileSync(file);
  const pixels = await decodeImage(bytes, input, file, augmentation);
  return { id, fingerprint: { size: bytes.length, time, sha1: sha1(bytes) }, pixels };
}

async function encode(
  batch: readonly Decoded[],
  encoder: Encoder,
  { run, batchSize }: ExtractOptions,
): Promise<FeatureRecord[]> {
  const { height, width } = encoder.input;
  const pixelsEach = height * width * 3;
  // A compiled `run` knows one batch size alone: the last batch is filled up with black.
  const rows = run ? batchSize : batch.length;
  const pixels = new Uint8Array(rows * pixelsEach);
  batch.forEach((image, i) => pixels.set(image.pixels, i * pixelsEach));
  const features = tf.tidy(() => {
    const images = kernels().fromBytes(pixels, [rows, height, width, 3]) as tf.Tensor4D;
    return run ? run(images) : encoder.forward(images);
  });
  const values = kernels().toFloat16(features); // [rows * regions * channels]
  features.dispose();
  const valuesEach = values.length / rows;
  return batch.map(({ id, fingerprint }, i) => ({
    id,
    fingerprint,
    features: values.subarray(i * valuesEach, (i + 1) * valuesEach),
  }));
}

function sha1(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('hex');
}
