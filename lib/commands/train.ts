import { configure } from '../config/configuration';
import type { Group } from '../config/named-options';
import { flagSpelling } from '../config/unused-options';
import { UserError } from '../errors';
import { plannedCaptioner } from '../pipeline/before-training';
import { measureForgetting, type Forgetting } from '../pipeline/forgetting';
import { prepare } from '../pipeline/prepare';
import { withStartModel } from '../pipeline/start-model';
import { refuseEarly } from '../pipeline/model-folder';
import { trainCaptioner } from '../pipeline/train';
import type { Scores } from '../metrics/types';
import { summary } from '../plots/model-summary';
import { startProgress } from '../progress/start';
import { stopSignal } from '../progress/stop';
import { isValidated, keptScores, scoreTexts, type TrainingRecord } from '../training/record';
import type { CommandDefinition } from './support/command';
import { withFlags } from './support/flag-names';
import { addFlags, addPresetFlag, overridesOfFlags } from './support/flags';
import { JSON_OR_STDOUT, jsonFile, modelFiles } from './support/json-file';
import { leftOutLines } from './support/report-problems';
import { pathOf, readPath, shownPath, writtenPath } from './support/user-path';

const groups: readonly Group[] = ['data', 'encoder', 'captioner', 'training', 'decoding'];

export const command: CommandDefinition = {
  name: 'train',
  summary: 'Train a captioner and save it as a model folder.',
  details: 'Ctrl-C stops at the next step; run it again to continue.',
  addOptions(command) {
    command
      .option('--json <file>', `write the record of the training there ${JSON_OR_STDOUT}`)
      .option('--summary', "print the captioner's layers, shapes and parameters, and train nothing")
      .option('--model <folder>', 'folder of the trained model (default: models/<dataset>)', writtenPath)
      .option('--overwrite', 'replace another model that is in this folder')
      .option(
        '--from <folder>',
        'a model to start from: its captioner, encoder and words, and new words of this data',
        pathOf,
      )
      .option(
        '--from-data-dir <folder>',
        "folder of that model's own data, to measure what it forgets (default: data/<dataset>)",
        readPath('--from-data-dir'),
      );
    addFlags(addPresetFlag(command), groups);
  },
  async run(command) {
    const flags = command.opts<{
      json?: string;
      summary?: boolean;
      overwrite?: boolean;
      from?: string;
      fromDataDir?: string;
    }>();
    const overrides = {
      ...overridesOfFlags(command.opts(), groups),
      ...(flags.from === undefined ? {} : { from: flags.from }),
    };
    const configuration = configure(withStartModel(overrides), process.env, flagSpelling);
    if (flags.fromDataDir !== undefined && flags.from === undefined)
      throw new UserError('--from-data-dir has no effect without --from: give both, or leave it out.');
    if (flags.summary) {
      if (flags.json !== undefined) throw new UserError('--json has no effect with --summary: leave it out.');
      const { captioner, inputs } = await plannedCaptioner(configuration, startProgress);
      console.log(summary(captioner, inputs));
      return;
    }
    const writeJson = jsonFile(flags.json, [configuration.data.dataDir, ...modelFiles(configuration.model)]);

    const ifAnother = flags.overwrite ? 'overwrite' : 'refuse';
    refuseEarly(configuration, ifAnother);
    const stop = stopSignal();
    let steps = 0;
    const hooks = {
      progress: startProgress,
      signal: stop.signal,
      onStep: () => void steps++,
      onNote: (note: string) => console.log(withFlags(note)),
    };
    const started = Date.now();
    const prepared = await prepare(configuration, hooks);
    console.log(prepared.encoder.reason);
    leftOutLines(prepared, prepared.dataset.filteredCaptions).forEach((line) => console.log(line));
    if (prepared.dataset.splits.validation.length === 0)
      console.log('There are no validation images: nothing is scored, and the last epoch is kept.');

    const trained = await trainCaptioner(configuration, prepared, hooks, {
      ifAnother,
    });
    const { record, scstRecord, stopped, diverged } = trained;
    const seconds = Math.round((Date.now() - started) / 1000);
    writeJson({ ...record, ...(scstRecord ? { scstRecord } : {}), seconds, configuration });
    if (stopped) {
      console.log('Stopped; the same command continues from here.');
      process.exitCode = 130; // as of a command that SIGINT ended
      return;
    }
    if (diverged !== undefined) {
      throw new UserError(
        `${diverged.replace(/\.$/, '')}; ${keptEpochs(record)} is saved in ${configuration.model}.`,
      );
    }
    console.log(
      `${steps > 0 ? `Trained in ${seconds} s` : 'This training was finished before'}: ${described(record)}` +
        `${record.epochs.every(isValidated) ? ' on validation images' : ''}${scstRecord ? `; then CIDEr optimization: ${described(scstRecord)}` : ''}. ` +
        `Saved in ${shownPath(configuration.model)}.`,
    );
    if (flags.from !== undefined && trained.model && steps > 0) {
      const options = { ...configuration, ...hooks, dataDir: flags.fromDataDir };
      console.log(
        describeForgetting(flags.from, await measureForgetting(flags.from, trained.model, options)),
      );
    }
    stop.release();
  },
};

function describeForgetting(from: string, measured: Forgetting | string): string {
  if (typeof measured === 'string') return measured;
  const { on, before, after } = measured;
  const cider = (scores: Scores) => (100 * scores.CIDEr).toFixed(1);
  return `On ${on} CIDEr is ${cider(after)}; that of ${from} is ${cider(before)}.`;
}

function described(record: TrainingRecord): string {
  return [`${keptEpochs(record)} of ${record.epochs.length}`, ...scoreTexts(keptScores(record))].join(', ');
}

function keptEpochs({ epochs, best, average }: TrainingRecord): string {
  if (average?.kept) return `mean of the epochs ${average.epochs.join(', ')}`;
  return `${epochs.every(isValidated) ? 'best' : 'last'} epoch ${best}`;
}
