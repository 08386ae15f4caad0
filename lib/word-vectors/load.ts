import { createHash } from 'node:crypto';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, Weights } from '../captioners/captioner';
import { initializeWeights } from '../captioners/initialize';
import { expandHome } from '../files';
import { withPretrainedVectors } from './rescale';
import type { Tokenizer } from '../tokenizer';
import { readWordVectors } from './read';
import type { StartProgress } from '../progress/progress';

/** Word vectors from a file as the start of a captioner. */
export interface PretrainedVectors {
  /** by the name of the weight; the caller disposes it */
  weights: Weights;
  /** the same vectors of the same words have the same */
  hash: string;
  /** how many words of the vocabulary the file has, for the model's record */
  coverage: { file: string; known: number; vocabSize: number };
}

/**
 * Reads the vectors of the vocabulary's words; words that the file does not have start at random as they would without.
 * @throws UserError where the vectors are not of the captioner's size
 */
export async function loadPretrainedVectors(
  file: string,
  captioner: Captioner,
  tokenizer: Tokenizer,
  seed: number,
  progress?: StartProgress,
): Promise<PretrainedVectors> {
  const [name, spec] = Object.entries(captioner.specs).find(
    ([, { initializer: start }]) => start === 'embedding',
  )!;
  const { words } = tokenizer.toJSON();
  const vectors = await readWordVectors(expandHome(file), { words, size: spec.shape[1] }, progress);
  const known = new Map([...vectors].map(([word, vector]) => [tokenizer.idOf(word), vector]));
  const usual = initializeWeights({ [name]: spec }, seed);
  const given = { [name]: withPretrainedVectors(usual[name], known) };
  tf.dispose(usual);
  const hash = createHash('sha256');
  for (const id of [...known.keys()].sort((a, b) => a - b)) hash.update(`${id}`).update(known.get(id)!);
  return {
    weights: given,
    hash: hash.digest('hex'),
    coverage: { file: path.basename(file), known: known.size, vocabSize: words.length },
  };
}
