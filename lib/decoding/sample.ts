import type { DecodingOptions } from '../config/options';
import { END, START } from '../data/tokenizer';
import { Random } from '../random';
import { emptyDraft, extended, finished, mayFollow, type DecodedCaption, type Draft } from './caption';
import type { Stepper } from './stepper';

/**
 * Writes captions word by word without looking back: always the likeliest word (greedy), or one drawn from the
 * likeliest ones (temperature; top-k, Fan et al. 2018; top-p, Holtzman et al. 2020).
 * The recorded log-probabilities are the captioner's own, before temperature and cuts.
 * @param firstImage number of the first image in the whole list: each image draws from its own seeded stream
 */
export async function sampleCaptions(
  stepper: Stepper,
  options: DecodingOptions,
  firstImage = 0,
): Promise<DecodedCaption[]> {
  const drafts: Draft[] = Array.from({ length: stepper.images }, emptyDraft);
  const ended = drafts.map(() => false);
  const randoms = drafts.map((_, i) => new Random(options.seed, 'sample', firstImage + i));
  for (let step = 0; step < options.maxLength && ended.includes(false); step++) {
    const last = drafts.map((draft) => draft.words.at(-1) ?? START);
    const { values, attention } = await stepper.read(last);
    const words = values[0].length / stepper.images;
    const regions = attention.length / stepper.images;
    drafts.forEach((draft, image) => {
      if (ended[image]) return;
      const own = values[0].subarray(image * words, (image + 1) * words);
      const word = chooseWord(own, draft.words, options, randoms[image]);
      const looked = attention.slice(image * regions, (image + 1) * regions);
      drafts[image] = extended(draft, word, own[word], looked);
      ended[image] = word === END;
    });
  }
  return drafts.map((draft) => finished(draft, options.lengthPenalty));
}

/** The next word, from the log-probabilities of all words. */
export function chooseWord(
  logProbabilities: Float32Array,
  before: readonly number[],
  options: Pick<DecodingOptions, 'method' | 'temperature' | 'topK' | 'topP' | 'noRepeatNgram'>,
  random: Random,
): number {
  const allowed = Array.from(logProbabilities, (logProbability, word) => ({ word, logProbability })).filter(
    ({ word }) => mayFollow(before, word, options),
  );
  if (options.method === 'greedy') {
    return allowed.reduce((best, one) => (one.logProbability > best.logProbability ? one : best)).word;
  }
  const likeliest = allowed.sort((a, b) => b.logProbability - a.logProbability);
  const kept = options.topK > 0 ? likeliest.slice(0, options.topK) : likeliest;
  const highest = kept[0].logProbability;
  const shares = kept.map((one) => Math.exp((one.logProbability - highest) / options.temperature));
  const count = nucleusSize(shares, options.topP);
  let at = random.next() * shares.slice(0, count).reduce((sum, share) => sum + share, 0);
  for (let i = 0; i < count; i++) {
    at -= shares[i];
    if (at < 0) return kept[i].word;
  }
  return kept[count - 1].word;
}

/** How many of the falling shares make up `topP` of their total. */
function nucleusSize(shares: readonly number[], topP: number): number {
  const wanted = topP * shares.reduce((sum, share) => sum + share, 0);
  let sum = 0;
  let count = 0;
  while (count < shares.length && sum < wanted) sum += shares[count++];
  return Math.max(1, count);
}
