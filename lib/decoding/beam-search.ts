import type { Automaton } from './automaton';
import { byScore, differentCaptions, type DecodedCaption } from './caption';
import type { CaptionRequest } from './caption-request';
import type { Forbids } from '../language/grammar';
import { GroupSearch, type GroupStep, type TokenCounts } from './group-search';
import type { DecodingOptions } from './options';
import type { Stepper } from './stepper';

/**
 * Beam search: at each step the `beamWidth` likeliest hypotheses of each image are kept; one that ends makes room for
 * another. Of those that ended, the ones with the best length-normalized scores are the captions.
 *
 * - Diverse beam search (Vijayakumar et al. 2016): groups share the beam. They choose one after the other at each step,
 *   and what groups before have chosen costs a later one `diversityStrength` each time (Hamming diversity).
 * - Constrained beam search (Anderson et al. 2017): a beam for each state of an automaton that reads which words have been
 *   met. A caption ends only where all have; none is ended, or cut short, for their sake.
 * @param forbids rules of the language
 * @returns of each image so many captions as are asked for, best first; fewer where the search has found no more
 */
export async function beamSearch(
  stepper: Stepper,
  options: DecodingOptions,
  { captions, constraints: { exclude } }: CaptionRequest,
  automaton: Automaton,
  forbids?: Forbids,
): Promise<DecodedCaption[][]> {
  const { beamWidth, diverseGroups, maxLength, lengthPenalty, diversityStrength, noRepeatNgram } = options;
  const groupOptions = {
    width: beamWidth / diverseGroups,
    maxLength,
    lengthPenalty,
    diversityStrength,
    // Single words that are excluded are masked.
    rules: { noRepeatNgram, exclude: exclude.filter(({ length }) => length > 1), forbids },
  };
  const groups = Array.from({ length: stepper.images * diverseGroups }, () => {
    return new GroupSearch(automaton, groupOptions);
  });
  for (let step = 0; step < maxLength && groups.some((group) => !group.done); step++) {
    const { logProbabilities, tokens, attention } = await stepper.step(
      groups.flatMap((group) => group.lastTokens()),
    );
    const partOf = <T extends Int32Array | Float32Array>(values: T, group: number) => {
      const size = values.length / groups.length;
      return values.subarray(group * size, (group + 1) * size) as T;
    };
    let chosen: TokenCounts = new Map();
    const parents = groups.flatMap((group, i) => {
      const ofImage = i % diverseGroups;
      if (ofImage === 0) chosen = new Map();
      const part: GroupStep = {
        tokens: partOf(tokens, i),
        logProbabilities: partOf(logProbabilities, i),
        attention: partOf(attention, i),
      };
      return group.advance(part, chosen).map((place) => place + ofImage * group.places);
    });
    stepper.reorder(parents);
  }
  return Array.from({ length: stepper.images }, (_, image) =>
    bestOf(groups.slice(image * diverseGroups, (image + 1) * diverseGroups), captions),
  );
}

/**
 * The captions of an image: the best one of each group, then their second ones, and so on, so that all groups have
 * their say. Unfinished ones fill up where too few have ended.
 */
function bestOf(groups: readonly GroupSearch[], captions: number): DecodedCaption[] {
  const finished = differentCaptions(inTurn(groups.map((group) => group.finished()))).slice(0, captions);
  const unfinished = differentCaptions(inTurn(groups.map((group) => group.unfinished())));
  return [...byScore(finished), ...byScore(unfinished.slice(0, captions - finished.length))];
}

/** The first caption of each list, that of the best score first, then the second of each, and so on. */
function inTurn(lists: readonly DecodedCaption[][]): DecodedCaption[] {
  const longest = Math.max(...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, rank) =>
    byScore(lists.flatMap((list) => list.slice(rank, rank + 1))),
  ).flat();
}
