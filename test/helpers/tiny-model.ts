import * as tf from '@tensorflow/tfjs-core';
import type { CrossAttentionOptions } from '../../lib/captioners/cross-attention';
import { createCaptioner } from '../../lib/captioners/registry';
import { Tokenizer } from '../../lib/tokenizer';
import type { ModelRecord } from '../../lib/model/format';
import { saveModel } from '../../lib/model/saved-model';
import { hashArrays } from '../../lib/vision/weights/read-weights';
import { lite0Arrays } from './lite0';
import { randomWeights, tinyOptions } from './tiny-captioner';

const sentences = [
  'a cat sits on the grass',
  'two dogs run',
  'a cup of coffee on a table',
  'a rocket at night',
];

/** What a model's record states of its encoder. */
interface RecordedEncoder {
  name: string;
  endPoint: string;
  weightsHash: string;
  grid: [number, number];
  channels: number;
}

/** Saves a captioner with random weights that generates words, on the encoder that set-up brings. */
export async function saveTinyModel(
  folder: string,
  changes: Partial<CrossAttentionOptions> = {},
  words: readonly string[] = sentences,
): Promise<ModelRecord> {
  const weightsHash = hashArrays(await lite0Arrays());
  const lite0 = { name: 'efficientnet-lite0', endPoint: 'top', weightsHash };
  return saveTinyModelOn(folder, { ...lite0, grid: [7, 7], channels: 1280 }, changes, words);
}

/** The same on any encoder. */
export function saveTinyModelOn(
  folder: string,
  { channels, ...encoder }: RecordedEncoder,
  changes: Partial<CrossAttentionOptions> = {},
  words: readonly string[] = sentences,
): ModelRecord {
  const captioner = tinyOptions(changes);
  const tokenizer = Tokenizer.fit(words, { minFrequency: 1, maxVocabSize: 100 });
  const inputs = { regions: encoder.grid[0] * encoder.grid[1], channels, vocabSize: tokenizer.size };
  const record = {
    captioner,
    inputs,
    encoder: { ...encoder, precision: 'float32' as const, reason: 'a test' },
    tokenizer: tokenizer.toJSON(),
    training: {},
    scores: {},
  };
  const weights = randomWeights(createCaptioner(captioner, inputs).specs, 0.3);
  const saved = saveModel(folder, record, weights);
  tf.dispose(weights);
  return saved;
}
