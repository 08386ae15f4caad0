import { countChunks } from './aligner';
import type { Match, Matcher, Sentence } from './matchers';

// Parameters of METEOR 1.5 for English, task "rank", which is its default.
const ALPHA = 0.85; // weight of recall against precision
const BETA = 0.2; // shape of the penalty on fragmentation
const GAMMA = 0.6; // greatest penalty
const DELTA = 0.75; // weight of content words against function words
const MATCH_WEIGHTS: Record<Matcher, number> = { exact: 1, stem: 0.6, synonym: 0.8, paraphrase: 0.6 };

/** Counts of one sentence of a pair, or of all. */
interface Side {
  words: number;
  matched: number;
  /** Length with content words counting delta and function words 1 - delta. */
  weightedLength: number;
  /** The same of the matched words, times the weights of their matchers. */
  weightedMatches: number;
}

/** What METEOR's score is computed from; sums over sentences give the score of a corpus. */
export interface Statistics {
  candidate: Side;
  reference: Side;
  chunks: number;
}

/** The statistics of an aligned pair. */
export function statisticsOf(
  candidate: Sentence,
  reference: Sentence,
  matches: Match[],
  functionWords: ReadonlySet<string>,
): Statistics {
  const side = (words: string[], span: (match: Match) => [start: number, length: number]): Side => {
    const weights = words.map((word) => (functionWords.has(word) ? 1 - DELTA : DELTA));
    const result: Side = {
      words: words.length,
      matched: 0,
      weightedLength: sum(weights),
      weightedMatches: 0,
    };
    for (const match of matches) {
      const [start, length] = span(match);
      result.matched += length;
      result.weightedMatches += sum(weights.slice(start, start + length)) * MATCH_WEIGHTS[match.matcher];
    }
    return result;
  };
  return {
    candidate: side(candidate.words, (match) => [match.candidateStart, match.candidateLength]),
    reference: side(reference.words, (match) => [match.referenceStart, match.referenceLength]),
    chunks: countChunks(matches),
  };
}

/** METEOR's score, in [0, 1]: weighted F-measure less a penalty on fragmentation. */
export function scoreOf(statistics: Statistics): number {
  const { candidate, reference, chunks } = statistics;
  const precision = candidate.weightedMatches / candidate.weightedLength;
  const recall = reference.weightedMatches / reference.weightedLength;
  if (!(precision > 0 && recall > 0)) return 0;

  const fMean = 1 / ((1 - ALPHA) / precision + ALPHA / recall);
  const fragmentation = isWhole(statistics) ? 0 : chunks / ((candidate.matched + reference.matched) / 2);
  return Math.max(0, fMean * (1 - GAMMA * fragmentation ** BETA));
}

/** Statistics of a corpus. Pairs that match as a whole do not count as fragments. */
export function sumOf(all: Statistics[]): Statistics {
  const side = (pick: (statistics: Statistics) => Side): Side => ({
    words: sum(all.map((each) => pick(each).words)),
    matched: sum(all.map((each) => pick(each).matched)),
    weightedLength: sum(all.map((each) => pick(each).weightedLength)),
    weightedMatches: sum(all.map((each) => pick(each).weightedMatches)),
  });
  return {
    candidate: side((statistics) => statistics.candidate),
    reference: side((statistics) => statistics.reference),
    chunks: sum(all.filter((each) => !isWhole(each)).map((each) => each.chunks)),
  };
}

/** Every word of both sentences is matched, in one run. */
function isWhole({ candidate, reference, chunks }: Statistics): boolean {
  return candidate.matched === candidate.words && reference.matched === reference.words && chunks === 1;
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
