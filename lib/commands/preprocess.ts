import { Command } from 'commander';
import { writeAtomically } from '../data/files';
import { prepare } from '../pipeline/prepare';
import { startProgress } from '../progress/start';
import { stopSignal } from '../progress/stop';
import { addFlags, configurationOf } from './flags';
import { runCommand } from './run-command';

/** `npm run preprocess`: reads a data set and computes the features of its images. */
export async function main(argv: string[]): Promise<void> {
  const command = new Command('npm run preprocess --')
    .description('Read a data set, leave out what is broken, and compute the features of its images.')
    .option('--preset <name>', 'options that belong together')
    .option('--json <file>', 'write the counts there');
  addFlags(command, ['data', 'encoder']).parse(argv, { from: 'user' });
  const flags = command.opts<{ json?: string }>();
  const configuration = configurationOf(command.opts(), ['data', 'encoder']);

  const stop = stopSignal();
  const prepared = await prepare(configuration, { progress: startProgress, signal: stop.signal });
  stop.release();
  const { dataset, tokenizer, encoder, features, problems, problemsFile } = prepared;
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
  if (problemsFile) console.log(`What was left out is listed in ${problemsFile}.`);
  if (flags.json) writeAtomically(flags.json, `${JSON.stringify(counts, null, 2)}\n`);
}

if (require.main === module) void runCommand(main);
