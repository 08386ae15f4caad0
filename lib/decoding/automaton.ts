import { UserError } from '../errors';
import type { Constraints, Phrase } from './constraints';

/** States at most: a beam is searched for each. */
const MAX_STATES = 32;

/**
 * The finite-state machine of constrained beam search (Anderson et al. 2017): its state says which constraints a caption
 * has met so far, and how much of a phrase of several words it ends with. State 0 is that of the empty caption.
 */
export interface Automaton {
  /** number of states: 1 without constraints, 2^n for n words */
  readonly states: number;
  /** tokens that may lead to another state than the rest of the vocabulary */
  readonly tokens: readonly number[];
  /** the state after one more token */
  next(state: number, token: number): number;
  /** whether all constraints are met */
  isAccepting(state: number): boolean;
}

/** How far a constraint is: met, or the beginning of one of its phrases that the caption ends with. */
type Progress = Phrase | 'met';

/**
 * The machine that accepts captions in which one phrase of each entry of `include` occurs.
 * @throws UserError where it would have too many states
 */
export function automatonOf(include: Constraints['include']): Automaton {
  const tokens = [...new Set(include.flat(2))];
  const states: Progress[][] = [include.map(() => [])];
  const numbers = new Map([[nameOf(states[0]), 0]]);
  const ways: Map<number, number>[] = []; // of each state: token -> state
  const others: number[] = []; // of each state: the one after any other token
  const numberOf = (state: Progress[]): number => {
    const name = nameOf(state);
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, states.length);
    return states.push(state) - 1;
  };
  for (let at = 0; at < states.length; at++) {
    const after = (token: number) =>
      numberOf(states[at].map((progress, i) => advance(progress, token, include[i])));
    others[at] = after(NO_TOKEN);
    ways[at] = new Map(tokens.map((token) => [token, after(token)]));
    if (states.length > MAX_STATES) {
      throw new UserError(
        `include: ${include.length} entries at once are too many to search for (more than ${MAX_STATES} states; each word ` +
          'doubles them, a phrase takes more): leave some out.',
      );
    }
  }
  return {
    states: states.length,
    tokens,
    next: (state, token) => ways[state].get(token) ?? others[state],
    isAccepting: (state) => states[state].every((progress) => progress === 'met'),
  };
}

/** Stands for every token that no phrase has. */
const NO_TOKEN = -1;

const nameOf = (state: readonly Progress[]) => JSON.stringify(state);

/** The longest end of the text that one of the phrases begins with (Aho & Corasick 1975), or that one of them is met. */
function advance(before: Progress, token: number, phrases: readonly Phrase[]): Progress {
  if (before === 'met') return before;
  const read = [...before, token];
  if (phrases.some((phrase) => startsWith(read.slice(-phrase.length), phrase))) return 'met';
  const starts = read.map((_, start) => read.slice(start));
  return starts.find((end) => phrases.some((phrase) => startsWith(phrase, end))) ?? [];
}

const startsWith = (phrase: Phrase, beginning: Phrase) =>
  phrase.length >= beginning.length && beginning.every((token, i) => phrase[i] === token);
