import { END, START } from '../../lib/tokenizer';
import { bannedTokens } from '../../lib/decoding/caption';
import { logSoftmax, type Found } from './exhaustive-search';
import type { Table } from './table-captioner';

interface Beam {
  tokens: number[];
  logProbabilities: number[];
  /** the augmented log-probability of the paper */
  theta: number;
}

/**
 * Diverse beam search as Vijayakumar et al. (2016) write it down (Algorithm 1, Hamming diversity), over the whole
 * vocabulary and with this project's rules of ending: an end counts where it is among the group's best, and a group is
 * done when it has as many ends as beams.
 * @returns of each group what has ended
 */
export function diverseReference(
  table: Table,
  image: number,
  options: { beamWidth: number; diverseGroups: number; diversityStrength: number; maxLength: number },
): Found[][] {
  const { beamWidth, diverseGroups, diversityStrength, maxLength } = options;
  const width = beamWidth / diverseGroups;
  const groups = Array.from({ length: diverseGroups }, () => ({
    beams: [{ tokens: [], logProbabilities: [], theta: 0 }] as Beam[],
    ended: [] as Found[],
  }));
  for (let t = 0; t < maxLength; t++) {
    const chosenBefore: number[] = []; // tokens that the groups before have chosen at this step
    for (const group of groups) {
      if (group.ended.length >= width) continue;
      const extended = group.beams.flatMap((beam) =>
        logSoftmax(table(image, [START, ...beam.tokens])).map((p, token) => ({
          token,
          tokens: [...beam.tokens, token],
          logProbabilities: [...beam.logProbabilities, p],
          theta: beam.theta + p - diversityStrength * chosenBefore.filter((one) => one === token).length,
        })),
      );
      const ranked = extended
        .filter(({ token, tokens }) => !bannedTokens.includes(token) && (token !== END || tokens.length > 1))
        .sort((a, b) => b.theta - a.theta);
      const ends = ranked.slice(0, width).filter(({ token }) => token === END);
      group.beams = ranked.filter(({ token }) => token !== END).slice(0, width);
      for (const { tokens, logProbabilities } of ends) {
        const score = logProbabilities.reduce((a, b) => a + b, 0) / logProbabilities.length;
        group.ended.push({ tokens: tokens.slice(0, -1), logProbabilities, score });
      }
      chosenBefore.push(...ends.map(() => END), ...group.beams.map(({ tokens }) => tokens.at(-1)!));
    }
  }
  return groups.map(({ ended }) => ended);
}
