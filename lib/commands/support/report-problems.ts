import type { Problem } from '../../data/types';

const SHOWN_AT_MOST = 5;

/** Prints what was left out, beside the results. */
export function reportProblems(problems: readonly Problem[]): void {
  for (const { where, what } of problems.slice(0, SHOWN_AT_MOST))
    console.error(`Left out: ${where}: ${what.replace(/\.$/, '')}.`);

  if (problems.length > SHOWN_AT_MOST) console.error(`… and ${problems.length - SHOWN_AT_MOST} more.`);
}
