import { findMatches, type Match, type Matcher, type Sentence } from './matchers';

const BEAM_SIZE = 40;
// How much a matched word counts while the best alignment is sought. Sums are cut to whole numbers
// after each match, as in METEOR: a stem or synonym alone adds nothing.
const SEARCH_WEIGHTS: Record<Matcher, number> = { exact: 1, stem: 0.5, synonym: 0.5, paraphrase: 0.5 };

/** A part of an alignment: what has been decided for the first words of the reference. */
interface Path {
  chosen: Chosen | undefined;
  candidateWeight: number;
  referenceWeight: number;
  chunks: number;
  distance: number;
  /** First word of the reference that is not decided. */
  next: number;
  /** End of the last match in the candidate; -1 outside a chunk. */
  lastMatchEnd: number;
}

/** The matches of a path, the last one first; paths share their beginnings. */
interface Chosen {
  match: Match;
  before: Chosen | undefined;
}

/**
 * METEOR's alignment of two sentences (Denkowski and Lavie 2014): matches that do not overlap, found
 * by a beam search for most covered words, then fewest chunks, then shortest distances. It follows
 * the program METEOR 1.5 in its peculiarities, since scores depend on them.
 * @returns the matches in the order of the reference
 */
export function align(candidate: Sentence, reference: Sentence): Match[] {
  const matches = findMatches(candidate, reference);
  const byReferenceWord: Match[][] = reference.words.map(() => []);
  matches.forEach((match) => byReferenceWord[match.referenceStart].push(match));
  const certain = certainMatches(matches, byReferenceWord, candidate.words.length, reference.words.length);
  let paths: Path[] = [
    {
      chosen: undefined,
      candidateWeight: 0,
      referenceWeight: 0,
      chunks: 0,
      distance: 0,
      next: 0,
      lastMatchEnd: -1,
    },
  ];
  byReferenceWord.forEach((startingHere, word) => {
    const longer: Path[] = [];
    for (const path of bestOf(paths)) advance(path, word, startingHere, certain, longer);

    paths = longer;
  });
  const finished = bestOf(paths);
  finished.forEach(closeChunk);
  return matchesOf(bestOf(finished)[0]);
}

/** Number of runs of matches that are adjacent and in the same order in both sentences. */
export function countChunks(matches: Match[]): number {
  return matches.filter((match, i) => {
    const previous = matches[i - 1];
    return (
      previous === undefined ||
      match.referenceStart !== previous.referenceStart + previous.referenceLength ||
      match.candidateStart !== previous.candidateStart + previous.candidateLength
    );
  }).length;
}

/** Matches whose words no other match covers, by the reference word where they begin. */
function certainMatches(
  matches: Match[],
  byReferenceWord: Match[][],
  candidateLength: number,
  referenceLength: number,
): Map<number, Match> {
  const candidateCoverage = new Array<number>(candidateLength).fill(0);
  const referenceCoverage = new Array<number>(referenceLength).fill(0);
  for (const match of matches) {
    for (let i = 0; i < match.candidateLength; i++) candidateCoverage[match.candidateStart + i]++;

    for (let i = 0; i < match.referenceLength; i++) referenceCoverage[match.referenceStart + i]++;
  }
  const alone = (coverage: number[], start: number, length: number) =>
    coverage.slice(start, start + length).every((count) => count === 1);
  const certain = byReferenceWord
    .filter((all) => all.length === 1)
    .map(([match]) => match)
    .filter(
      (match) =>
        alone(candidateCoverage, match.candidateStart, match.candidateLength) &&
        alone(referenceCoverage, match.referenceStart, match.referenceLength),
    );
  return new Map(certain.map((match) => [match.referenceStart, match]));
}

/** Adds the paths that continue a path over one more word of the reference. */
function advance(
  path: Path,
  word: number,
  startingHere: Match[],
  certain: Map<number, Match>,
  longer: Path[],
): void {
  if (word < path.next) {
    longer.push(path);
    return;
  }
  const sure = certain.get(word);
  if (sure !== undefined) {
    choose(path, sure);
    path.distance += distanceOf(sure);
    longer.push(path);
    return;
  }
  for (const match of startingHere) {
    if (isFree(path, match)) {
      const withMatch = { ...path };
      choose(withMatch, match);
      longer.push(withMatch);
      // METEOR adds the distance here and not to the path with the match.
      path.distance += distanceOf(match);
    }
  }
  closeChunk(path);
  path.next++;
  longer.push(path);
}

function choose(path: Path, match: Match): void {
  const weight = SEARCH_WEIGHTS[match.matcher];
  path.candidateWeight = Math.trunc(path.candidateWeight + match.candidateLength * weight);
  path.referenceWeight = Math.trunc(path.referenceWeight + match.referenceLength * weight);
  if (path.lastMatchEnd !== -1 && match.candidateStart !== path.lastMatchEnd) path.chunks++;

  path.chosen = { match, before: path.chosen };
  path.next = match.referenceStart + match.referenceLength;
  path.lastMatchEnd = match.candidateStart + match.candidateLength;
}

function closeChunk(path: Path): void {
  if (path.lastMatchEnd !== -1) {
    path.chunks++;
    path.lastMatchEnd = -1;
  }
}

function comparePaths(a: Path, b: Path): number {
  return (
    b.candidateWeight + b.referenceWeight - (a.candidateWeight + a.referenceWeight) ||
    a.chunks - b.chunks ||
    a.distance - b.distance
  );
}

/**
 * Whether no match of the path covers a word of the candidate that this one covers. Certain matches
 * overlap with none, and in the reference a path lies wholly before what it is tried with.
 */
function isFree(path: Path, match: Match): boolean {
  const end = match.candidateStart + match.candidateLength;
  for (let other = path.chosen; other !== undefined; other = other.before) {
    const { candidateStart, candidateLength } = other.match;
    if (candidateStart < end && match.candidateStart < candidateStart + candidateLength) return false;
  }
  return true;
}

function bestOf(paths: Path[]): Path[] {
  return paths.sort(comparePaths).slice(0, BEAM_SIZE);
}

function matchesOf(path: Path): Match[] {
  const matches: Match[] = [];
  for (let chosen = path.chosen; chosen !== undefined; chosen = chosen.before) matches.push(chosen.match);

  return matches.reverse();
}

function distanceOf(match: Match): number {
  return Math.abs(match.referenceStart - match.candidateStart);
}
