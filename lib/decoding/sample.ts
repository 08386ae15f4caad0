import type { DecodingOptions } from './options';
import { END, START } from '../tokenizer';
import { Random } from '../random';
import { emptyHypothesis, extend, finish, isAllowed, type DecodedCaption, type Hypothesis } from './caption';
import type { Stepper } from './stepper';

/**
 * Greedy decoding (always the likeliest token) and sampling (temperature; top-k, Fan et al. 2018; top-p, Holtzman et
 * al. 2020). The recorded log-probabilities are the captioner's own, before temperature and truncation.
 * @param firstImage number of the first image in the whole list: each image samples from its own seeded stream
 */
export async function sampleCaptions(
  stepper: Stepper,
  options: DecodingOptions,
  firstImage = 0,
): Promise<DecodedCaption[]> {
  const hypotheses: Hypothesis[] = Array.from({ length: stepper.images }, emptyHypothesis);
  const ended = hypotheses.map(() => false);
  const randoms = hypotheses.map((_, i) => new Random(options.seed, 'sample', firstImage + i));
  for (let step = 0; step < options.maxLength && ended.includes(false); step++) {
    const last = hypotheses.map((hypothesis) => hypothesis.tokens.at(-1) ?? START);
    const { logProbabilities, attention } = await stepper.step(last);
    const vocabSize = logProbabilities.length / stepper.images;
    const regions = attention.length / stepper.images;
    hypotheses.forEach((hypothesis, image) => {
      if (ended[image]) return;
      const logProbabilitiesOfImage = logProbabilities.subarray(image * vocabSize, (image + 1) * vocabSize);
      const token = chooseToken(logProbabilitiesOfImage, hypothesis.tokens, options, randoms[image]);
      const attentionWeights = attention.slice(image * regions, (image + 1) * regions);
      hypotheses[image] = extend(hypothesis, token, logProbabilitiesOfImage[token], attentionWeights);
      ended[image] = token === END;
    });
  }
  return hypotheses.map((hypothesis) => finish(hypothesis, options.lengthPenalty));
}

/** The next token, from the log-probabilities of the vocabulary. */
export function chooseToken(
  logProbabilities: Float32Array,
  before: readonly number[],
  options: Pick<DecodingOptions, 'method' | 'temperature' | 'topK' | 'topP' | 'noRepeatNgram'>,
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
