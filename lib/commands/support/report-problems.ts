import { describeLeftOut, type LeftOut } from '../../data/problems';
import type { Problem } from '../../data/types';
import { withFlags } from './flag-names';
import { shownPath } from './user-path';

const SHOWN_AT_MOST = 5;

/** Prints what was left out, beside the results. */
export function reportProblems(problems: readonly Problem[]): void {
  for (const { where, what } of problems.slice(0, SHOWN_AT_MOST))
    console.error(`Left out: ${where}: ${what.replace(/\.$/, '')}.`);

  if (problems.length > SHOWN_AT_MOST) console.error(`… and ${problems.length - SHOWN_AT_MOST} more.`);
}

/** How much was left out and where it is listed, in lines to print: with flags, and a path that leads there from where the user stands. */
export function leftOutLines({ problems, problemsFile }: LeftOut, filteredCaptions = 0): string[] {
  const leftOut = { problems, ...(problemsFile ? { problemsFile: shownPath(problemsFile) } : {}) };
  return describeLeftOut(leftOut, filteredCaptions).map(withFlags);
}
