import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { NamedValues } from '../config/named-options';
import { writeAtomically } from '../files';
import { readText, splitLines } from '../text-file';
import { UserError } from '../errors';

/** The result of a trial. Scores by name are fractions (CIDEr may exceed 1), those of the weights that were kept. */
const resultSchema = z.object({
  trial: z.string(),
  epochs: z.number(),
  scores: z.record(z.string(), z.number()),
  /** null where there are no validation captions, or the training diverged */
  validationLoss: z.number().nullable(),
  /** that its epochs took, validation included */
  seconds: z.number(),
  /** the error where the training diverged: its scores are the worst */
  diverged: z.string().optional(),
  /** all options */
  configuration: z.record(z.string(), z.unknown()),
});

export type TrialResult = z.infer<typeof resultSchema>;

/** A trial with its result. */
export interface ScoredTrial extends TrialResult {
  /** the hyperparameters that are tried */
  values: NamedValues;
}

const fileOf = (folder: string) => path.join(folder, 'results.jsonl');

/**
 * The results of the trials that have ended, by trial.
 * @throws UserError that names the line that is not a result
 */
export function readResults(folder: string): Map<string, TrialResult> {
  const file = fileOf(folder);
  if (!existsSync(file)) return new Map();
  const lines = splitLines(readText(file, 'results')).filter(Boolean);
  const results = lines.map((line, i) => {
    try {
      return resultSchema.parse(JSON.parse(line));
    } catch {
      throw new UserError(
        `Line ${i + 1} of ${file} is not the result of a trial: delete it, and the trial is run again.`,
      );
    }
  });
  return new Map(results.map((result) => [result.trial, result]));
}

/** Adds the result of a trial, a line of JSON. A kill leaves the file with this line or without, never with a part. */
export function addResult(folder: string, result: TrialResult): void {
  const results = readResults(folder).set(result.trial, result);
  writeAtomically(fileOf(folder), [...results.values()].map((one) => `${JSON.stringify(one)}\n`).join(''));
}
