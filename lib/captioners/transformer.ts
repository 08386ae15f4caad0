import * as tf from '@tensorflow/tfjs-core';
import type { TransformerOptions } from '../config/captioner-options';
import { dropWith, type Drop, type Dropout } from '../ops/layers';
import { AttentionBlock, packKeys, unpackKeys, type KeysAndValues } from './attention-block';
import { takeCaptions } from './beams';
import type {
  Captioner,
  CaptionerInputs,
  CaptionerOutput,
  DecoderState,
  DecoderStep,
  Weights,
  WeightSpec,
} from './captioner';
import { namedNorm } from './named-layers';
import { causalMask, sinusoids } from './positions';
import { normalRegions, placedRegions, regionSpecs } from './regions';
import { normSpecs } from './specs';
import { wordLogits, wordSpecs, wordVectors } from './words';

/**
 * The Transformer captioner (Vaswani et al. 2017; pre-norm as Xiong et al. 2020): blocks of self-attention over the
 * regions, then blocks in which the words so far look at each other and at the regions.
 *
 * Decoding keeps the keys and values of the words so far, so that each step computes those of one word alone; those
 * of the regions belong to the image, whatever its captions are.
 */
export function transformer(options: TransformerOptions, inputs: CaptionerInputs): Captioner {
  return new Transformer(options, inputs);
}

class Transformer implements Captioner {
  readonly specs: Record<string, WeightSpec>;
  private readonly encoder: AttentionBlock[];
  private readonly decoder: { words: AttentionBlock; regions: AttentionBlock }[];
  private readonly width: number;

  constructor(
    private readonly options: TransformerOptions,
    inputs: CaptionerInputs,
  ) {
    const { embedding, encoderLayers, layers, heads, headSize, feedForward, tiedEmbedding } = options;
    this.width = embedding;
    const sizes = { width: embedding, others: embedding, answer: embedding, heads, headSize, residual: true };
    const block = (name: string, hidden: number) =>
      new AttentionBlock(name, { ...sizes, feedForward: hidden });
    this.encoder = Array.from({ length: encoderLayers }, (_, i) => block(`encoder${i}`, feedForward));
    this.decoder = Array.from({ length: layers }, (_, i) => ({
      words: block(`decoder${i}/words`, 0),
      regions: block(`decoder${i}/regions`, feedForward), // the feed-forward part follows both
    }));
    const blocks = [...this.encoder, ...this.decoder.flatMap(({ words, regions }) => [words, regions])];
    this.specs = {
      ...wordSpecs(inputs.words, embedding, embedding, tiedEmbedding),
      ...regionSpecs(inputs, embedding),
      ...Object.fromEntries(blocks.flatMap(({ specs }) => Object.entries(specs))),
      ...normSpecs('final/scale', 'final/shift', embedding),
    };
  }

  forward(weights: Weights, features: tf.Tensor3D, words: tf.Tensor2D, dropout?: Dropout): CaptionerOutput {
    const drop = dropWith(dropout);
    const regions = this.regionsSeen(weights, features, drop);
    const text = drop(this.text(weights, words, 0));
    const { logits, attention } = this.decode(weights, text, regions, drop);
    return { logits, attention };
  }

  start(weights: Weights, features: tf.Tensor3D): DecoderState {
    return packKeys(
      'regions',
      this.regionsSeen(weights, features, (x) => x),
    );
  }

  step(weights: Weights, state: DecoderState, words: tf.Tensor2D): DecoderStep {
    const [images, beams] = words.shape;
    const before = unpackKeys('words', this.decoder.length, state);
    const regions = unpackKeys('regions', this.decoder.length, state)!;
    const place = before ? before[0].keys.shape[2] : 0;
    const text = this.text(weights, tf.reshape(words, [-1, 1]), place); // [captions, 1, width]
    const { logits, attention, own } = this.decode(weights, text, regions, (x) => x, before);
    return {
      logits: tf.reshape(logits, [images, beams, -1]),
      attention: tf.reshape(attention, [images, beams, -1]),
      state: { ...state, ...packKeys('words', own) },
    };
  }

  reorder(state: DecoderState, parents: tf.Tensor2D): DecoderState {
    const words = unpackKeys('words', this.decoder.length, state);
    return words ? { ...state, ...takeCaptions(packKeys('words', words), parents) } : state;
  }

  /** The regions' keys and values for each decoder block: [images, heads, regions, size]. */
  private regionsSeen(weights: Weights, features: tf.Tensor3D, drop: Drop): KeysAndValues[] {
    let regions: tf.Tensor = drop(placedRegions(weights, features)); // [images, regions, width]
    for (const block of this.encoder) regions = block.lookAtItself(weights, regions, drop).x;
    regions = normalRegions(weights, regions);
    return this.decoder.map((block) => block.regions.keysAndValues(weights, regions));
  }

  /** Word vectors that know their places: int32 [rows, steps] -> [rows, steps, width]. */
  private text(weights: Weights, words: tf.Tensor, first: number): tf.Tensor {
    const vectors = wordVectors(weights, words, this.options.tiedEmbedding);
    return tf.add(vectors, sinusoids(first, words.shape[1] as number, this.width));
  }

  /**
   * The decoder blocks and the softmax.
   * @param text whole captions, or one word of each whose earlier ones are in `before` [rows, steps, width]
   * @returns besides logits and attention the words' own keys and values in each block, those of `before` included
   */
  private decode(
    weights: Weights,
    text: tf.Tensor,
    regions: KeysAndValues[],
    drop: Drop,
    before?: KeysAndValues[],
  ): { logits: tf.Tensor3D; attention: tf.Tensor3D; own: KeysAndValues[] } {
    const [rows, steps] = text.shape as [number, number];
    const images = regions[0].keys.shape[0];
    const mask = steps > 1 ? causalMask(steps) : undefined;
    const own: KeysAndValues[] = [];
    let x = text;
    let looked: tf.Tensor4D | undefined; // [images, heads, captions * steps, regions]
    this.decoder.forEach((block, i) => {
      const words = block.words.lookAtItself(weights, x, drop, { mask, before: before?.[i] });
      own.push(words.own);
      // The captions of an image lie side by side: together they look at its regions.
      const together = tf.reshape(words.x, [images, -1, this.width]);
      const seen = block.regions.look(weights, together, regions[i], drop);
      looked = seen.attention;
      x = tf.reshape(seen.x, [rows, steps, this.width]);
    });
    const hidden = drop(namedNorm(weights, 'final/', x));
    return {
      logits: wordLogits(weights, hidden, this.options.tiedEmbedding) as tf.Tensor3D,
      attention: tf.reshape(tf.mean(looked as tf.Tensor4D, 1), [rows, steps, -1]),
      own,
    };
  }
}
