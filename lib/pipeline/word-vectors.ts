import { createHash } from 'node:crypto';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, Weights } from '../captioners/captioner';
import { initialise } from '../captioners/initialise';
import { withKnownVectors } from '../captioners/known-words';
import type { Tokenizer } from '../data/tokenizer';
import { readWordVectors } from '../data/word-vectors';
import type { StartProgress } from '../progress/progress';

/** Word vectors from a file as the start of a captioner. */
export interface StartingVectors {
  /** by the name of the weight; the caller disposes it */
  given: Weights;
  /** the same vectors of the same words have the same */
  hash: string;
  /** what a model's record says: how many words of the vocabulary the file has */
  coverage: { file: string; known: number; words: number };
}

/**
 * Reads the vectors of the vocabulary's words; words that the file does not have start at random as they would without.
 * @throws UserError where the vectors are not of the captioner's size
 */
export async function startingVectors(
  file: string,
  captioner: Captioner,
  tokenizer: Tokenizer,
  seed: number,
  progress?: StartProgress,
): Promise<StartingVectors> {
  const [name, spec] = Object.entries(captioner.specs).find(([, { start }]) => start === 'embedding')!;
  const { words } = tokenizer.toJSON();
  const vectors = await readWordVectors(file, { words, size: spec.shape[1] }, progress);
  const known = new Map([...vectors].map(([word, vector]) => [tokenizer.idOf(word), vector]));
  const usual = initialise({ [name]: spec }, seed);
  const given = { [name]: withKnownVectors(usual[name], known) };
  tf.dispose(usual);
  const hash = createHash('sha256');
  for (const id of [...known.keys()].sort((a, b) => a - b)) hash.update(`${id}`).update(known.get(id)!);
  return {
    given,
    hash: hash.digest('hex'),
    coverage: { file: path.basename(file), known: known.size, words: words.length },
  };
}
