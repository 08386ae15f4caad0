import type { DecodingOptions } from './options';
import { END, START } from '../tokenizer';
import { Random } from '../random';
import { inBatches } from '../in-batches';
import {
  emptyHypothesis,
  extend,
  finish,
  isAllowed,
  type DecodedCaption,
  type Hypothesis,
  type Rules,
} from './caption';
import type { Phrase } from './constraints';
import type { Forbids } from '../language/grammar';
import type { Stepper } from './stepper';

/** Which words may come, and which random numbers are drawn. */
export interface SampleOptions {
  /** phrases, none of which may occur */
  exclude?: readonly Phrase[];
  /** rules of the language */
  forbids?: Forbids;
  /** number of the first image in the whole list: each image samples from its own seeded stream */
  firstImage?: number;
  /** number of the first sample of each image: each sample has a stream of its own */
  firstSample?: number;
}

/**
 * Greedy decoding (always the likeliest token) and sampling (temperature; top-k, Fan et al. 2018; top-p, Holtzman et
 * al. 2020). The recorded log-probabilities are the captioner's own, before temperature and truncation.
 * @returns of each image as many captions as the stepper has beams, which may be equal
 */
export async function sampleCaptions(
  stepper: Stepper,
  options: DecodingOptions,
  { exclude, forbids, firstImage = 0, firstSample = 0 }: SampleOptions = {},
): Promise<DecodedCaption[][]> {
  const { images, beams } = stepper;
  const rows = images * beams;
  const hypotheses: Hypothesis[] = Array.from({ length: rows }, emptyHypothesis);
  const ended = hypotheses.map(() => false);
  const randoms = hypotheses.map((_, row) =>
    streamOf(options.seed, firstImage + Math.floor(row / beams), firstSample + (row % beams)),
  );
  for (let step = 0; step < options.maxLength && ended.includes(false); step++) {
    const last = hypotheses.map((hypothesis) => hypothesis.tokens.at(-1) ?? START);
    const { logProbabilities, attention } = await stepper.step(last);
    const vocabSize = logProbabilities.length / rows;
    const regions = attention.length / rows;
    hypotheses.forEach((hypothesis, row) => {
      if (ended[row]) return;
      const ofRow = logProbabilities.subarray(row * vocabSize, (row + 1) * vocabSize);
      const token = chooseToken(ofRow, hypothesis.tokens, { ...options, exclude, forbids }, randoms[row]);
      const attentionWeights = attention.slice(row * regions, (row + 1) * regions);
      hypotheses[row] = extend(hypothesis, token, ofRow[token], attentionWeights);
      ended[row] = token === END;
    });
  }
  const captions = hypotheses.map((hypothesis) => finish(hypothesis, options.lengthPenalty));
  return inBatches(captions, beams);
}

/** The random numbers of a sample. The first one of each image keeps the stream that it had when it was the only one. */
function streamOf(seed: number, image: number, sample: number): Random {
  return sample === 0 ? new Random(seed, 'sample', image) : Random.stream(seed, 'sample', image, sample);
}

/** The next token, from the log-probabilities of the vocabulary. */
export function chooseToken(
  logProbabilities: Float32Array,
  before: readonly number[],
  options: Pick<DecodingOptions, 'method' | 'temperature' | 'topK' | 'topP'> & Rules,
  random: Random,
): number {
  const allowed = Array.from(logProbabilities, (logProbability, token) => ({
    token,
    logProbability,
  })).filter(({ token }) => isAllowed(before, token, options));
  if (options.method === 'greedy')
    return allowed.reduce((best, one) => (one.logProbability > best.logProbability ? one : best)).token;

  const ranked = allowed.sort((a, b) => b.logProbability - a.logProbability);
  const kept = options.topK > 0 ? ranked.slice(0, options.topK) : ranked;
  const highest = kept[0].logProbability;
  const probabilities = kept.map((one) => Math.exp((one.logProbability - highest) / options.temperature));
  const count = nucleusSize(probabilities, options.topP);
  let at = random.next() * probabilities.slice(0, count).reduce((sum, share) => sum + share, 0);
  for (let i = 0; i < count; i++) {
    at -= probabilities[i];
    if (at < 0) return kept[i].token;
  }
  return kept[count - 1].token;
}

/** How many of the descending probabilities make up `topP` of their total. */
function nucleusSize(probabilities: readonly number[], topP: number): number {
  const wanted = topP * probabilities.reduce((sum, share) => sum + share, 0);
  let sum = 0;
  let count = 0;
  while (count < probabilities.length && sum < wanted) sum += probabilities[count++];
  return Math.max(1, count);
}
