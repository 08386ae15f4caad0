import { prepare } from '../pipeline/prepare';
import { startProgress } from '../progress/start';
import { stopSignal } from '../progress/stop';
import type { CommandDefinition } from './support/command';
import { addFlags, addPresetFlag, configurationOf } from './support/flags';
import { JSON_OR_STDOUT, jsonFile } from './support/json-file';
import { leftOutLines } from './support/report-problems';

export const command: CommandDefinition = {
  name: 'preprocess',
  summary: 'Read a data set, leave out what is broken, and extract the features of its images.',
  details: 'Run again, it continues where it stopped.',
  addOptions(command) {
    addFlags(addPresetFlag(command.option('--json <file>', `write the counts there ${JSON_OR_STDOUT}`)), [
      'data',
      'encoder',
    ]);
  },
  async run(command) {
    const flags = command.opts<{ json?: string }>();
    const configuration = configurationOf(command.opts(), ['data', 'encoder']);
    const writeJson = jsonFile(flags.json, [configuration.data.dataDir]);

    const stop = stopSignal();
    const prepared = await prepare(configuration, { progress: startProgress, signal: stop.signal });
    stop.release();
    const { dataset, tokenizer, encoder, features, problems } = prepared;
    const counts = {
      dataset: dataset.name,
      images: dataset.images.length,
      train: dataset.splits.train.length,
      validation: dataset.splits.validation.length,
      test: dataset.splits.test.length,
      captions: dataset.images.reduce((sum, { captions }) => sum + captions.length, 0),
      words: tokenizer.size,
      encoder: encoder.name,
      endPoint: encoder.endPoint,
      regions: features.regions,
      channels: features.channels,
      problems: problems.length,
    };
    console.log(encoder.reason);
    for (const [name, value] of Object.entries(counts)) console.log(`${name.padEnd(12)} ${value}`);
    leftOutLines(prepared, dataset.filteredCaptions).forEach((line) => console.log(line));
    writeJson(counts);
  },
};
