import { BATCH_SIZE } from '../caption-cache';
import { inBatches } from '../in-batches';
import type { FeatureExtractor } from '../vision/features/feature-extractor';
import { bytesOf, nameOf, type ImageSource } from '../vision/images/source';

/** An image on its way to a caption. */
export interface DecodedImage {
  name: string;
  /** what each extractor takes; none where the image could not be read or decoded */
  pixels?: Map<FeatureExtractor, Uint8Array>;
  /** why there are none */
  error?: unknown;
}

/**
 * Decodes images ahead: while a batch is worked on, the next one is read and decoded on other threads.
 * @returns batches in the order of the images, each with `BATCH_SIZE` images that could be decoded, but for the last
 */
export async function* decodeAhead(
  sources: readonly ImageSource[],
  extractors: ReadonlySet<FeatureExtractor>,
): AsyncGenerator<DecodedImage[]> {
  const some = inBatches(sources, BATCH_SIZE);
  const decode = (batch: number) =>
    Promise.all(
      (some[batch] ?? []).map((source, i) => {
        const place = { index: batch * BATCH_SIZE + i, count: sources.length };
        return decodeOne(source, nameOf(source, place), extractors);
      }),
    );
  let waiting: DecodedImage[] = [];
  let next = decode(0);
  for (let batch = 0; batch < some.length; batch++) {
    waiting.push(...(await next));
    next = decode(batch + 1);
    const full = endOfBatch(waiting);
    if (full > 0) {
      yield waiting.slice(0, full);
      waiting = waiting.slice(full);
    }
  }
  if (waiting.length > 0) yield waiting;
}

/** The number of images up to the one that makes a batch full; 0 where none does. */
function endOfBatch(images: readonly DecodedImage[]): number {
  let decoded = 0;
  return images.findIndex(({ pixels }) => pixels !== undefined && ++decoded === BATCH_SIZE) + 1;
}

/** Never throws: while nobody waits for it, an error would end the process. */
async function decodeOne(
  source: ImageSource,
  name: string,
  extractors: ReadonlySet<FeatureExtractor>,
): Promise<DecodedImage> {
  try {
    const bytes = await bytesOf(source, name);
    const pixels = new Map<FeatureExtractor, Uint8Array>();
    for (const extractor of extractors) pixels.set(extractor, await extractor.decode(bytes, name));
    return { name, pixels };
  } catch (error) {
    return { name, error };
  }
}
