import type { DecodingOptions } from './options';

/** Options that tell searches apart, by name. */
export type SearchOptions = Record<string, string | number | boolean>;

/**
 * The options on which the captions of a search depend.
 * @returns undefined for sampling, which is no search
 */
export function searchOptions(options: DecodingOptions): SearchOptions | undefined {
  const { method, beamWidth, diverseGroups, diversityStrength, lengthPenalty } = options;
  if (method === 'sample') return undefined;
  const { noRepeatNgram, grammar, objectWeight, maxLength } = options;
  const common = { method, noRepeatNgram, grammar, maxLength };
  if (method === 'greedy') return common;
  return {
    ...common,
    beamWidth,
    lengthPenalty,
    objectWeight,
    ...(diverseGroups > 1 ? { diverseGroups, diversityStrength } : {}),
  };
}

/** Whether two searches write the same captions. */
export function isSameSearch(one: SearchOptions, other: SearchOptions): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => one[name] === other[name]);
}
