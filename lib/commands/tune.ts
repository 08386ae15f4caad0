import { z } from 'zod';
import { Option } from 'commander';
import { optionGroups } from '../config/named-options';
import { describeValues, parseValue } from '../config/values';
import { UserError } from '../errors';
import { tune, type Tuning } from '../tuning/tune';
import { tuningTable } from '../tuning/report';
import { textTable } from '../plots/text-table';
import { nameOfValue } from '../tuning/charts';
import { startProgress } from '../progress/start';
import { stopSignal } from '../progress/stop';
import type { ScoredTrial } from '../tuning/results';
import { parseSearchSpace, type SearchSpace } from '../tuning/search-space';
import type { Sampling } from '../tuning/trials';
import type { CommandDefinition } from './support/command';
import { addFlags, addPresetFlag, overridesOfFlags } from './support/flags';
import { shownPath, writtenPath } from './support/user-path';

interface Flags {
  try: string[];
  method: Sampling['method'];
  trials?: number;
  out: string;
  keep?: boolean;
}

const methods = z.enum(['grid', 'random']);
const counts = z.int().min(1);

export const command: CommandDefinition = {
  name: 'tune',
  summary: 'Train with several hyperparameters and measure which of them matter.',
  details:
    'Best on few images (--limit) and for few epochs. Ctrl-C stops at the next step; run it again to continue. Trials ' +
    'that have ended are not run again.',
  addOptions(command) {
    command
      .addOption(
        new Option(
          '--try <name=values>',
          'a hyperparameter by its name in docs/options.md, and what to try: learningRate=2e-4,5e-4 or, at ' +
            'random, a range dropout=0.1:0.5, clipNorm=0.1:10:log (learning rates: log). Give it once for each',
        )
          .argParser((text: string, before: string[] = []) => [...before, text])
          .makeOptionMandatory(),
      )
      .addOption(
        new Option('--method <name>', `all values with all, or random ones [${describeValues(methods)}]`)
          .argParser((text) => parseValue('--method', text, methods))
          .default('grid'),
      )
      .addOption(
        new Option('--trials <number>', 'trials of --method random (default: 10)').argParser((text) =>
          parseValue('--trials', text, counts),
        ),
      )
      .option('--out <folder>', 'folder of the results', writtenPath, 'data/tune')
      .option('--keep', 'keep the weights of all trials');
    // --method says how hyperparameters are combined here, not how tokens are chosen.
    addFlags(addPresetFlag(command), optionGroups, { except: ['method'] });
  },
  async run(command) {
    const { try: texts, method, trials, out, keep } = command.opts<Flags>();
    if (method === 'grid' && trials !== undefined)
      throw new UserError('--trials counts random trials: add --method random, or leave it out.');

    const search = parseSearchSpace(texts);
    const { method: _ours, ...given } = command.opts<Record<string, unknown>>();
    const base = overridesOfFlags(given, optionGroups);

    const stop = stopSignal();
    const hooks = {
      progress: startProgress,
      signal: stop.signal,
      onTrial: (trial: ScoredTrial, number: number, all: number) =>
        console.log(`Trial ${number} of ${all}: ${describeValuesOf(trial)}: ${describeOutcome(trial)}`),
    };
    const tuning = await tune(base, { search, method, trials, out, keep }, hooks);
    stop.release();
    report(tuning, search, out);
  },
};

function report({ trials, rankedBy, importance, stopped }: Tuning, search: SearchSpace, out: string): void {
  if (trials.length > 0) {
    const { header, rows } = tuningTable(trials, search, rankedBy);
    console.log(`\nScores x 100, best first:\n${textTable(header, rows)}`);
    console.log(`\nShare of the variance of ${rankedBy} that each explains (adjusted eta squared):`);
    for (const [name, share] of Object.entries(importance)) {
      console.log(
        `  ${name}: ${share === undefined ? 'too few trials to tell' : `${(100 * share).toFixed(0)} %`}`,
      );
    }
    console.log(`The table and its charts are in ${shownPath(out)}: results.csv, results.png.`);
  }
  if (stopped) {
    console.log('Stopped; the same command continues from here.');
    process.exitCode = 130; // as of a command that SIGINT ended
  }
}

function describeValuesOf({ values }: ScoredTrial): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${nameOfValue(value)}`)
    .join(', ');
}

function describeOutcome({ diverged, scores }: ScoredTrial): string {
  const figures = Object.entries(scores).map(([name, score]) => `${name} ${(100 * score).toFixed(1)}`);
  return diverged ?? figures.join(', ');
}
