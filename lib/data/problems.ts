import path from 'node:path';
import { writeAtomically } from '../files';
import type { Problem } from './types';

/** The list of what was left out of a data set, and how much it is. */
export interface LeftOut {
  /** everything, in the order in which it was found */
  problems: Problem[];
  /** the file that lists it, where there is anything */
  problemsFile?: string;
}

/**
 * Writes what was left out into data/NAME-problems.tsv, where anything was.
 * @param name of the data set, or what it is used for
 */
export function listProblems(name: string, problems: Problem[]): LeftOut {
  if (problems.length === 0) return { problems };
  const problemsFile = path.join('data', `${name}-problems.tsv`);
  writeProblems(problemsFile, problems);
  return { problems, problemsFile };
}

/** How much was left out, and where it is listed: a sentence; none where nothing was. */
export function describeLeftOut({ problems, problemsFile }: LeftOut, filteredCaptions = 0): string[] {
  const count = problems.length;
  return [
    ...(count > 0
      ? [
          `Left out: ${count} ${count === 1 ? 'row or image' : 'rows and images'}` +
            ` (the first: ${problems[0].where}: ${problems[0].what.replace(/\.$/, '')}); ${problemsFile} lists all.`,
        ]
      : []),
    ...(filteredCaptions > 0
      ? [
          `Not trained on: ${filteredCaptions} ${filteredCaptions === 1 ? 'caption' : 'captions'} with fewer words than minWords or more than maxWords.`,
        ]
      : []),
  ];
}

/** Writes a list of problems, one a line (`where<TAB>what`). */
export function writeProblems(file: string, problems: readonly Problem[]): void {
  // eslint-disable-next-line no-control-regex -- what was wrong with a row must not spoil the list
  const oneLine = (text: string): string => text.replace(/[\s\0-\x1f]+/g, ' ');
  writeAtomically(file, problems.map(({ where, what }) => `${oneLine(where)}\t${oneLine(what)}\n`).join(''));
}
