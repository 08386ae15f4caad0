import type { Captioner, Weights } from '../captioners/captioner';
import type { DecodingOptions } from './options';
import type { Tokenizer } from '../tokenizer';
import type { DecodedCaption } from './caption';
import type { Language } from '../language/language';
import { Decoder } from './decoder';
import type { FeatureSource } from '../vision/features/source';
import type { Captions } from '../metrics/types';
import { silentProgress, type StartProgress } from '../progress/progress';
import { eventLoopTurn } from '../progress/stop';

/** Images captioned together. */
const BATCH_SIZE = 50;

/** What generates captions: a decoder with its captioner's weights, the images' features and the vocabulary. */
export interface CaptionGenerator {
  decoder: Decoder;
  weights: Weights;
  features: FeatureSource;
  tokenizer: Pick<Tokenizer, 'decode'>;
  decoding: DecodingOptions;
}

/** What goes with the captioning of many images. */
export interface CaptionImagesHooks {
  progress?: StartProgress;
  /** stops after the batch at hand: the captions so far are returned */
  signal?: AbortSignal;
  /** called with each caption as it was decoded, token by token */
  onCaption?: (image: string, decoded: DecodedCaption) => void;
}

/**
 * Captions for images whose features are known; fewer where the signal stopped it.
 */
export async function captionImages(
  { decoder, weights, features, tokenizer, decoding }: CaptionGenerator,
  images: readonly string[],
  { progress: startProgress = silentProgress, signal, onCaption }: CaptionImagesHooks = {},
): Promise<Captions> {
  const progress = startProgress('Generating captions', images.length);
  const captions: Captions = {};
  for (let at = 0; at < images.length; at += BATCH_SIZE) {
    await eventLoopTurn(); // a signal arrives between two batches
    if (signal?.aborted) break;
    const ids = images.slice(at, at + BATCH_SIZE);
    const tensor = await features.read(ids);
    const decoded = await decoder.decode([weights], [tensor], decoding, at);
    tensor.dispose();
    for (const [i, caption] of decoded.entries()) {
      captions[ids[i]] = tokenizer.decode(caption.tokens);
      onCaption?.(ids[i], caption);
    }
    progress.update(Math.min(images.length, at + BATCH_SIZE));
  }
  progress.finish();
  return captions;
}

/** The same with a decoder of its own, whose graphs are freed at the end. */
export async function captionWithModel(
  {
    captioner,
    weights,
    tokenizer,
    language,
  }: { captioner: Captioner; language?: Language } & Pick<CaptionGenerator, 'weights' | 'tokenizer'>,
  inputs: Pick<CaptionGenerator, 'features' | 'decoding'>,
  images: readonly string[],
  hooks: CaptionImagesHooks,
): Promise<Captions> {
  const decoder = new Decoder([captioner], language);
  try {
    return await captionImages({ decoder, weights, tokenizer, ...inputs }, images, hooks);
  } finally {
    decoder.dispose();
  }
}
