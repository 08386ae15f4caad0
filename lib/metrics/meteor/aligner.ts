import { findMatches, type Match, type Matcher, type Sentence } from './matchers';

const BEAM_SIZE = 40;
// How much a matched word counts while the best alignment is sought. Sums are cut to whole numbers
// after each match, as in METEOR: a stem or synonym alone adds nothing.
const SEARCH_WEIGHTS: Record<Matcher, number> = { exact: 1, stem: 0.5, synonym: 0.5, paraphrase: 0.5 };

/** A part of an alignment: what has been decided for the first words of the reference. */
interface Path {
  chosen: Match[];
  usedCandidate: boolean[];
  usedReference: boolean[];
  candidateWeight: number;
  referenceWeight: number;
  chunks: number;
  distance: number;
  /** First word of the reference that is not decided. */
  next: number;
  /** End of the last match in the candidate; -1 outside a chunk. */
  lastMatchEnd: number;
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
  const start: Path = {
    chosen: [],
    usedCandidate: candidate.words.map(() => false),
    usedReference: reference.words.map(() => false),
    candidateWeight: 0,
    referenceWeight: 0,
    chunks: 0,
    distance: 0,
    next: 0,
    lastMatchEnd: -1,
  };
  certain.forEach((match) => markUsed(start, match));

  let paths = [start];
  for (let word = 0; word < reference.words.length; word++) {
    const considered = paths.sort(comparePaths).slice(0, BEAM_SIZE);
    paths = considered.flatMap((path) => advance(path, word, byReferenceWord[word], certain));
    if (paths.length === 0) {
      paths = [considered[0]];
    }
  }
  const finished = paths.sort(comparePaths).slice(0, BEAM_SIZE);
  finished.forEach(closeChunk);
  return finished.sort(comparePaths)[0].chosen;
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
    for (let i = 0; i < match.candidateLength; i++) {
      candidateCoverage[match.candidateStart + i]++;
    }
    for (let i = 0; i < match.referenceLength; i++) {
      referenceCoverage[match.referenceStart + i]++;
    }
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

/** The paths that continue a path over one more word of the reference. */
function advance(path: Path, word: number, matches: Match[], certain: Map<number, Match>): Path[] {
  if (path.usedReference[word]) {
    if (word < path.next) {
      return [path];
    }
    const match = certain.get(path.next);
    if (match === undefined) {
      return [];
    }
    choose(path, match);
    path.distance += Math.abs(match.referenceStart - match.candidateStart);
    return [path];
  }
  const paths: Path[] = [];
  for (const match of matches) {
    if (isFree(path, match)) {
      const longer = copyOf(path);
      markUsed(longer, match);
      choose(longer, match);
      // METEOR adds the distance here and not to the longer path.
      path.distance += Math.abs(match.referenceStart - match.candidateStart);
      paths.push(longer);
    }
  }
  closeChunk(path);
  path.next++;
  return [...paths, path];
}

function choose(path: Path, match: Match): void {
  const weight = SEARCH_WEIGHTS[match.matcher];
  path.candidateWeight = Math.trunc(path.candidateWeight + match.candidateLength * weight);
  path.referenceWeight = Math.trunc(path.referenceWeight + match.referenceLength * weight);
  if (path.lastMatchEnd !== -1 && match.candidateStart !== path.lastMatchEnd) {
    path.chunks++;
  }
  path.chosen.push(match);
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

function isFree(path: Path, match: Match): boolean {
  for (let i = 0; i < match.referenceLength; i++) {
    if (path.usedReference[match.referenceStart + i]) {
      return false;
    }
  }
  for (let i = 0; i < match.candidateLength; i++) {
    if (path.usedCandidate[match.candidateStart + i]) {
      return false;
    }
  }
  return true;
}

function markUsed(path: Path, match: Match): void {
  path.usedReference.fill(true, match.referenceStart, match.referenceStart + match.referenceLength);
  path.usedCandidate.fill(true, match.candidateStart, match.candidateStart + match.candidateLength);
}

function copyOf(path: Path): Path {
  return {
    ...path,
    chosen: [...path.chosen],
    usedCandidate: [...path.usedCandidate],
    usedReference: [...path.usedReference],
  };
}
