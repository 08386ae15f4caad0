import fs from 'node:fs';
import path from 'node:path';
import { writeAtomically } from '../files';
import { runFolder } from './settings';

/** What a run of the notebooks came to; `npm start` prints it at its end. */
export interface Summary {
  model?: string;
  captions?: { image: string; caption: string }[];
  /** fractions */
  scores?: Record<string, number>;
}

/** Adds to the summary of this run of the notebooks. Images are named from the working directory. */
export function writeSummary(part: Summary): void {
  const file = path.join(runFolder(), 'summary.json');
  const before = fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as Summary) : {};
  const captions = part.captions?.map((one) => ({ ...one, image: path.relative('', one.image) }));
  const summary: Summary = { ...before, ...part, ...(captions ? { captions } : {}) };
  writeAtomically(file, `${JSON.stringify(summary, null, 2)}\n`);
}
