import { END, START } from '../tokenizer';
import type { Automaton } from './automaton';
import {
  byScore,
  emptyHypothesis,
  extend,
  finish,
  isAllowed,
  type DecodedCaption,
  type Hypothesis,
  type Rules,
} from './caption';
import { MASKED } from './mask-tokens';

/** How a group searches. */
export interface GroupOptions {
  /** hypotheses kept for each state of the automaton */
  width: number;
  maxLength: number;
  lengthPenalty: number;
  /** taken off a candidate's log-probability for each time that its token was chosen before */
  diversityStrength: number;
  rules: Rules;
}

/** What a step gave for the places of a group. */
export interface GroupStep {
  tokens: Int32Array; // [places * candidates]
  logProbabilities: Float32Array; // [places * candidates]
  attention: Float32Array; // [places * regions]
}

/** How often each token was chosen at a step. */
export type TokenCounts = Map<number, number>;

/** A hypothesis that is kept. */
interface Kept {
  hypothesis: Hypothesis;
  /** its log-probability, less what diversity has cost */
  total: number;
  state: number;
  place: number;
}

interface Candidate {
  parent: Kept;
  token: number;
  logProbability: number;
  total: number;
}

/**
 * One group's search for captions of one image: a beam for each state of the automaton. With one state and one group it
 * is plain beam search.
 */
export class GroupSearch {
  /** Hypotheses that are computed side by side: `width` places for each state. */
  readonly places: number;
  done = false;
  private kept: Kept[] = [{ hypothesis: emptyHypothesis(), total: 0, state: 0, place: 0 }];
  private readonly ended: DecodedCaption[] = [];

  constructor(
    private readonly automaton: Automaton,
    private readonly options: GroupOptions,
  ) {
    this.places = automaton.states * options.width;
  }

  /** The last token in each place; places without a hypothesis repeat the first one's. */
  lastTokens(): number[] {
    const last = this.kept.map(({ hypothesis }) => hypothesis.tokens.at(-1) ?? START);
    const tokens = Array.from({ length: this.places }, () => last[0]);
    this.kept.forEach(({ place }, i) => (tokens[place] = last[i]));
    return tokens;
  }

  /**
   * Chooses the hypotheses that are kept.
   * @param chosen tokens of the groups before; those of this group are added
   * @returns which place each of them continues
   */
  advance(step: GroupStep, chosen: TokenCounts): number[] {
    const stay = Array.from({ length: this.places }, (_, place) => place);
    if (this.done) return stay;
    const { width, lengthPenalty } = this.options;
    const regions = step.attention.length / this.places;
    const kept: Kept[] = [];
    const parents = new Map<number, number>();
    const tokens: number[] = [];
    this.candidates(step, chosen).forEach((candidates, state) => {
      let place = state * width;
      candidates.sort((a, b) => b.total - a.total);
      candidates.slice(0, 2 * width).forEach(({ parent, token, logProbability, total }, rank) => {
        // Only an end that is itself among the likeliest: with width 1 the search is greedy.
        const hasRoom = token === END ? rank < width : place < (state + 1) * width;
        if (!hasRoom) return;
        const attention = step.attention.slice(parent.place * regions, (parent.place + 1) * regions);
        const hypothesis = extend(parent.hypothesis, token, logProbability, attention);
        tokens.push(token);
        if (token === END) {
          this.ended.push(finish(hypothesis, lengthPenalty));
        } else {
          parents.set(place, parent.place);
          kept.push({ hypothesis, total, state, place: place++ });
        }
      });
    });
    for (const token of tokens) chosen.set(token, (chosen.get(token) ?? 0) + 1);
    this.done = this.ended.length >= width || kept.length === 0;
    if (kept.length > 0) this.kept = kept;
    const [first = 0] = parents.values();
    return kept.length > 0 ? stay.map((place) => parents.get(place) ?? first) : stay;
  }

  /** Hypotheses that ended with all constraints met, best first. */
  finished(): DecodedCaption[] {
    return byScore(this.ended);
  }

  /**
   * Hypotheses that were cut short at the greatest length, best first; none where constraints had to be met. Shorter ones
   * are what a group was at when it had found enough, and are no captions.
   */
  unfinished(): DecodedCaption[] {
    if (this.automaton.states > 1) return [];
    const { lengthPenalty, maxLength } = this.options;
    const cutShort = this.kept.filter(({ hypothesis }) => hypothesis.tokens.length === maxLength);
    return byScore(cutShort.map(({ hypothesis }) => finish(hypothesis, lengthPenalty)));
  }

  /** What may continue the hypotheses, by the state that it leads to. */
  private candidates({ tokens, logProbabilities }: GroupStep, chosen: TokenCounts): Candidate[][] {
    const { automaton, options } = this;
    const each = tokens.length / this.places;
    const candidates: Candidate[][] = Array.from({ length: automaton.states }, () => []);
    for (const parent of this.kept) {
      const { hypothesis, state, place, total } = parent;
      for (let i = place * each; i < (place + 1) * each; i++) {
        const [token, logProbability] = [tokens[i], logProbabilities[i]];
        if (logProbability < MASKED / 2 || !isAllowed(hypothesis.tokens, token, options.rules)) continue;
        if (token === END && !automaton.isAccepting(state)) continue;
        const penalty = options.diversityStrength * (chosen.get(token) ?? 0);
        candidates[token === END ? state : automaton.next(state, token)].push({
          parent,
          token,
          logProbability,
          total: total + logProbability - penalty,
        });
      }
    }
    return candidates;
  }
}
