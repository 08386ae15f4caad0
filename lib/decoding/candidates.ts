import * as tf from '@tensorflow/tfjs-core';
import { kernels } from '../ops/kernels';
import type { Automaton } from './automaton';
import { bannedTokens } from './caption';
import type { Constraints } from './constraints';
import { maskTokens, maskTokensOf } from './mask-tokens';
import type { DecodingOptions } from './options';

/** The tokens that may come next after each caption, with their log-probabilities. */
export type Candidates = {
  logProbabilities: tf.Tensor3D; // [images, beams, candidates]
  /** none: the whole vocabulary, in its order */
  tokens?: tf.Tensor3D; // int32 [images, beams, candidates]
};

/** What constrained beam search asks for at each step. */
export type TokenChoice = {
  /** never among the likeliest */
  masked?: tf.Tensor1D; // int32 [masked]
  /** candidates however unlikely they are; they are masked, so that no candidate comes twice */
  wanted?: tf.Tensor1D; // int32 [wanted]
};

/**
 * Masks excluded words, and the words of constraints, which are candidates all the same.
 * @returns tensors that the caller disposes
 */
export function tokenChoice({ exclude }: Constraints, { tokens: wanted }: Automaton): TokenChoice {
  const excluded = exclude.filter(({ length }) => length === 1).flat();
  const idsOf = (tokens: readonly number[]) => tf.tensor1d([...tokens], 'int32');
  return {
    ...(excluded.length + wanted.length > 0 ? { masked: idsOf([...excluded, ...wanted]) } : {}),
    ...(wanted.length > 0 ? { wanted: idsOf(wanted) } : {}),
  };
}

/** Chooses what is read back of the log-probabilities of all tokens [images, beams, vocabSize]. */
export type SelectCandidates = (logProbabilities: tf.Tensor3D, choice: TokenChoice) => Candidates;

/** The `count` likeliest tokens of each hypothesis, then those that are wanted. */
export function likeliest(count: number): SelectCandidates {
  return (logProbabilities, { masked, wanted }) => {
    const words = maskTokens(logProbabilities, bannedTokens);
    const allowed = masked ? maskTokensOf(words, masked) : words;
    const { values, indices } = tf.topk(allowed, Math.min(count, allowed.shape[2]));
    const top = { logProbabilities: values as tf.Tensor3D, tokens: indices as tf.Tensor3D };
    if (!wanted) return top;
    const more = gatherTokens(logProbabilities, wanted);
    return {
      logProbabilities: tf.concat([top.logProbabilities, more.logProbabilities], 2),
      tokens: tf.concat([top.tokens, more.tokens], 2),
    };
  };
}

/** @param wanted int32 [wanted] @returns [images, beams, wanted] each */
function gatherTokens(logProbabilities: tf.Tensor3D, wanted: tf.Tensor1D): Required<Candidates> {
  const [images, beams, vocabSize] = logProbabilities.shape;
  const shape: [number, number, number] = [images, beams, wanted.shape[0]];
  const firsts = Array.from({ length: images * beams }, (_, row) => row * vocabSize);
  const places = tf.add(tf.reshape(tf.tensor1d(firsts, 'int32'), [images, beams, 1]), wanted);
  const flat = tf.reshape<tf.Rank.R1>(logProbabilities, [-1]);
  return {
    logProbabilities: tf.reshape(kernels().gather(flat, tf.reshape(places, [-1])), shape),
    tokens: tf.add(tf.zeros<tf.Rank.R3>(shape, 'int32'), wanted),
  };
}

/**
 * How many of the likeliest tokens of a hypothesis beam search must see, masked ones aside, to be exact.
 *
 * A group of `width` hypotheses looks at its `2 * width` best continuations, all of which may be of one hypothesis. What
 * the groups before it have chosen, END and `width` other tokens for each state, may fall behind others by its penalty.
 * To these come the tokens that the hypothesis may not take: END before the first word or before a constraint is met, one
 * for each n-gram that it has (at most `maxLength - n`), for the rules of grammar its words and one echo, and the last word of each excluded phrase.
 * Words that do not fit an article are not counted: they are not among the likeliest.
 */
export function candidateCount(
  { beamWidth, diverseGroups, noRepeatNgram, grammar, maxLength }: DecodingOptions,
  { exclude }: Constraints,
  states: number,
): number {
  const width = beamWidth / diverseGroups;
  const penalized = (diverseGroups - 1) * (states * width + 1);
  const repeated = noRepeatNgram > 0 ? Math.max(0, maxLength - noRepeatNgram) : 0;
  const phrases = exclude.filter(({ length }) => length > 1).length;
  return 2 * width + penalized + 1 + repeated + (grammar ? maxLength + 1 : 0) + phrases;
}
