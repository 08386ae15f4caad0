import type { Paraphrases } from './paraphrases';
import { stem } from './porter2';
import type { Synonyms } from './synonyms';

/** METEOR's four ways for words to match, in the order in which it tries them. */
export type Matcher = 'exact' | 'stem' | 'synonym' | 'paraphrase';

/** A candidate's words that match a reference's; one word each, except for paraphrases. */
export interface Match {
  matcher: Matcher;
  candidateStart: number;
  candidateLength: number;
  referenceStart: number;
  referenceLength: number;
}

/** A sentence with all that its matching needs. */
export interface Sentence {
  words: string[];
  stems: string[];
  synsets: ReadonlySet<string>[];
  /** For each word, the phrases of the paraphrase table that begin with it. */
  phrases: { length: number; paraphrases: string[][] }[][];
}

export function prepareSentence(words: string[], synonyms: Synonyms, paraphrases: Paraphrases): Sentence {
  return {
    words,
    stems: words.map(stem),
    synsets: words.map((word) => synonyms.of(word)),
    phrases: words.map((_, position) => paraphrases.startingAt(words, position)),
  };
}

/** All matches of two sentences; they may overlap. Identical sentences match word by word only. */
export function findMatches(candidate: Sentence, reference: Sentence): Match[] {
  const identical = candidate.words.join(' ') === reference.words.join(' ');
  const matches = singleWordMatches(
    'exact',
    candidate,
    reference,
    (c, r) => candidate.words[c] === reference.words[r],
  );
  if (identical) return matches;

  const differ = (c: number, r: number) => candidate.words[c] !== reference.words[r];
  return [
    ...matches,
    ...singleWordMatches(
      'stem',
      candidate,
      reference,
      (c, r) => candidate.stems[c] === reference.stems[r] && differ(c, r),
    ),
    ...singleWordMatches(
      'synonym',
      candidate,
      reference,
      (c, r) => shareAny(candidate.synsets[c], reference.synsets[r]) && differ(c, r),
    ),
    ...paraphraseMatches(candidate, reference),
  ];
}

function singleWordMatches(
  matcher: Matcher,
  candidate: Sentence,
  reference: Sentence,
  matches: (candidateWord: number, referenceWord: number) => boolean,
): Match[] {
  const found: Match[] = [];
  for (let r = 0; r < reference.words.length; r++) {
    for (let c = 0; c < candidate.words.length; c++) {
      if (matches(c, r))
        found.push({ matcher, candidateStart: c, candidateLength: 1, referenceStart: r, referenceLength: 1 });
    }
  }
  return found;
}

function shareAny(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  for (const element of a) if (b.has(element)) return true;

  return false;
}

/** Phrases of the reference paraphrased in the candidate, then the other way round, as METEOR lists them. */
function paraphraseMatches(candidate: Sentence, reference: Sentence): Match[] {
  const forward = paraphrasesIn(reference, candidate).map((match) => ({
    matcher: 'paraphrase' as const,
    referenceStart: match.start,
    referenceLength: match.length,
    candidateStart: match.otherStart,
    candidateLength: match.otherLength,
  }));
  const backward = paraphrasesIn(candidate, reference).map((match) => ({
    matcher: 'paraphrase' as const,
    candidateStart: match.start,
    candidateLength: match.length,
    referenceStart: match.otherStart,
    referenceLength: match.otherLength,
  }));
  return [...forward, ...backward];
}

interface PhraseMatch {
  start: number;
  length: number;
  otherStart: number;
  otherLength: number;
}

function paraphrasesIn(sentence: Sentence, other: Sentence): PhraseMatch[] {
  const found: PhraseMatch[] = [];
  sentence.phrases.forEach((phrases, start) => {
    for (const { length, paraphrases } of phrases) {
      for (const paraphrase of paraphrases) {
        let otherStart = other.words.indexOf(paraphrase[0]);
        while (otherStart !== -1) {
          if (standsAt(paraphrase, other.words, otherStart))
            found.push({ start, length, otherStart, otherLength: paraphrase.length });

          otherStart = other.words.indexOf(paraphrase[0], otherStart + 1);
        }
      }
    }
  });
  return found;
}

function standsAt(phrase: string[], words: string[], position: number): boolean {
  return phrase.every((word, i) => words[position + i] === word);
}
