import { configure } from '../config/configuration';
import type { Group } from '../config/named-options';
import { flagSpelling } from '../config/unused-options';
import { UserError } from '../errors';
import { plannedCaptioner } from '../pipeline/before-training';
import { measureForgetting, type Forgetting } from '../pipeline/forgetting';
import { withStartModel } from '../pipeline/start-model';
import { refuseEarly } from '../pipeline/model-folder';
import type { Scores } from '../metrics/types';
import { summary } from '../plots/model-summary';
import { startProgress } from '../progress/start';
import { stopSignal } from '../progress/stop';
import type { CommandDefinition } from './support/command';
import { addFlags, addPresetFlag, overridesOfFlags } from './support/flags';
import { JSON_OR_STDOUT, jsonFile, modelFiles } from './support/json-file';
import { trainAndReport } from './support/train-and-report';
import { pathOf, readPath, writtenPath } from './support/user-path';

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
    const hooks = { progress: startProgress, signal: stop.signal };
    const { trained, steps } = await trainAndReport(configuration, hooks, { ifAnother, writeJson });
    if (flags.from !== undefined && trained?.model && steps > 0) {
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
