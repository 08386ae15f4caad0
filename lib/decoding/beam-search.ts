import * as tf from '@tensorflow/tfjs-core';
import type { DecodingOptions } from './options';
import { END, START } from '../tokenizer';
import {
  emptyHypothesis,
  extend,
  finish,
  isAllowed,
  bannedTokens,
  type DecodedCaption,
  type Hypothesis,
} from './caption';
import { maskTokens } from './mask-tokens';
import type { Candidates, Stepper } from './stepper';

interface Candidate {
  hypothesis: Hypothesis;
  parent: number;
  token: number;
  logProbability: number;
  /** log-probability of the hypothesis with the token */
  total: number;
}

/**
 * Beam search: at each step the `beamWidth` likeliest hypotheses of each image are kept; one that ends makes room for
 * another. Of those that ended, the one with the best length-normalized score is the caption.
 */
export async function beamSearch(stepper: Stepper, options: DecodingOptions): Promise<DecodedCaption[]> {
  const { images, beams } = stepper;
  const searches = Array.from({ length: images }, () => new ImageSearch(beams, options));
  for (let step = 0; step < options.maxLength && searches.some((search) => !search.done); step++) {
    const last = searches.flatMap((search) => search.lastTokens());
    const { logProbabilities, tokens, attention } = await stepper.step(last);
    const regions = attention.length / (images * beams);
    const each = tokens.length / (images * beams);
    const parents = searches.flatMap((search, image) => {
      const first = image * beams;
      return search.advance(
        tokens.subarray(first * each, (first + beams) * each),
        logProbabilities.subarray(first * each, (first + beams) * each),
        attention.subarray(first * regions, (first + beams) * regions),
      );
    });
    stepper.reorder(parents);
  }
  return searches.map((search) => search.best());
}

/** The `count` likeliest tokens of each hypothesis. */
export function topK(logProbabilities: tf.Tensor3D, count: number): Candidates {
  const allowed = maskTokens(logProbabilities, bannedTokens);
  const { values, indices } = tf.topk(allowed, Math.min(count, allowed.shape[2]));
  return { logProbabilities: values as tf.Tensor3D, tokens: indices as tf.Tensor3D };
}

/** The search for the caption of one image. */
class ImageSearch {
  private hypotheses: Hypothesis[] = [emptyHypothesis()];
  private readonly ended: DecodedCaption[] = [];
  done = false;

  constructor(
    private readonly beams: number,
    private readonly options: DecodingOptions,
  ) {}

  /** The last token of each beam; beams without a hypothesis repeat the first one's. */
  lastTokens(): number[] {
    return Array.from(
      { length: this.beams },
      (_, i) => (this.hypotheses[i] ?? this.hypotheses[0]).tokens.at(-1) ?? START,
    );
  }

  /**
   * Chooses the hypotheses that are kept.
   * @param ids likeliest tokens of each beam [beams * each], with their log-probabilities
   * @param attention [beams * regions]
   * @returns which beam each of them continues
   */
  advance(ids: Int32Array, logProbabilities: Float32Array, attention: Float32Array): number[] {
    const stay = Array.from({ length: this.beams }, (_, i) => i);
    if (this.done) return stay;
    const each = ids.length / this.beams;
    const regions = attention.length / this.beams;
    const candidates: Candidate[] = [];
    this.hypotheses.forEach((hypothesis, parent) => {
      const before = hypothesis.logProbabilities.reduce((sum, p) => sum + p, 0);
      for (let i = parent * each; i < (parent + 1) * each; i++) {
        if (!isAllowed(hypothesis.tokens, ids[i], this.options)) continue;
        const logProbability = logProbabilities[i];
        candidates.push({
          hypothesis,
          parent,
          token: ids[i],
          logProbability,
          total: before + logProbability,
        });
      }
    });
    candidates.sort((a, b) => b.total - a.total);
    const next: Hypothesis[] = [];
    const parents: number[] = [];
    candidates.slice(0, 2 * this.beams).forEach(({ hypothesis, parent, token, logProbability }, rank) => {
      const attentionWeights = attention.slice(parent * regions, (parent + 1) * regions);
      const longer = extend(hypothesis, token, logProbability, attentionWeights);
      if (token === END) {
        // Only an end that is itself among the likeliest: with width 1 the search is greedy.
        if (rank < this.beams) this.ended.push(finish(longer, this.options.lengthPenalty));
      } else if (next.length < this.beams) {
        next.push(longer);
        parents.push(parent);
      }
    });
    this.done = this.ended.length >= this.beams || next.length === 0;
    if (next.length > 0) this.hypotheses = next;
    return stay.map((beam) => parents[beam] ?? parents[0] ?? beam);
  }

  /** The best hypothesis that ended, or the best unfinished one where none did. */
  best(): DecodedCaption {
    const { lengthPenalty } = this.options;
    const all =
      this.ended.length > 0
        ? this.ended
        : this.hypotheses.map((hypothesis) => finish(hypothesis, lengthPenalty));
    return all.reduce((best, one) => (one.score > best.score ? one : best));
  }
}
