import { configure } from '../config/configuration';
import { readEvaluationImages } from '../data/evaluation-images';
import { loadDataset } from '../data/load';
import type { CaptionedImage, Problem, SplitName } from '../data/types';
import { UserError } from '../errors';
import { shippedModel } from '../generate-caption';
import { loadMeteor, METEOR_MISSING } from '../metrics/meteor/meteor';
import type { Scores } from '../metrics/types';
import { loadModel } from '../model/saved-model';
import { evaluateModel } from '../pipeline/evaluate';
import { startProgress } from '../progress/start';
import { stopSignal } from '../progress/stop';
import { commandLine } from './command-line';
import { addFlags, pick } from './flags';
import { jsonFile } from './json-file';
import { runCommand } from './run-command';

interface Flags {
  model: string;
  images?: string;
  captions?: string;
  split?: string;
  json?: string;
}

/** The model says which encoder it needs and has its own words, and references stay whatever their length. */
const unused = ['encoder', 'endPoint', 'minWords', 'maxWords', 'minFrequency', 'numWords'];

/** `npm run evaluate`: captions images and scores the captions. */
export async function main(argv: string[]): Promise<void> {
  const command = commandLine(
    'npm run evaluate --',
    'Caption images and score the captions against what people wrote. Give the images and captions of any data ' +
      'set (--images, --captions, and --split for a list of names), or a known data set (--dataset, --data-dir).',
  )
    .option('--model <folder>', 'folder of the model', shippedModel)
    .option('--images <folder>', 'folder of images')
    .option('--captions <file>', 'their captions: token file, CSV, COCO or Karpathy JSON')
    .option(
      '--split <text>',
      'with --images: file with a list of image names (default: all); with --dataset: train, validation or test ' +
        '(default: validation)',
    )
    .option('--json <file>', 'write scores (fractions) and captions there');
  addFlags(command, ['data', 'encoder', 'decoding'], { except: unused }).parse(argv, { from: 'user' });
  const flags = command.opts<Flags>();
  const configuration = configure({
    data: pick(command.opts(), 'data'),
    encoder: pick(command.opts(), 'encoder'),
    decoding: pick(command.opts(), 'decoding'),
  });
  const writeJson = jsonFile(flags.json);

  const model = loadModel(flags.model);
  const images =
    flags.images || flags.captions ? ownImages(flags) : await imagesOfDataset(flags, configuration.data);
  const stop = stopSignal();
  const meteor = await loadMeteor();
  const { scores, captions, perImage, problems } = await evaluateModel(model, images, {
    decoding: configuration.decoding,
    encoder: configuration.encoder,
    meteor,
    progress: startProgress,
    signal: stop.signal,
  });
  stop.release();
  tellProblems(problems);
  console.log(`${Object.keys(captions).length} images, scores x 100:`);
  for (const [name, score] of Object.entries(scores) as [keyof Scores, number][]) {
    console.log(`${name.padEnd(8)} ${(100 * score).toFixed(1)}`);
  }
  if (!meteor) console.log(METEOR_MISSING);
  writeJson({ ...scores, model: flags.model, decoding: configuration.decoding, captions, perImage });
}

function ownImages({ images, captions, split }: Flags): CaptionedImage[] {
  if (!images || !captions) {
    throw new UserError('Images and captions belong together: give both --images and --captions.');
  }
  const { images: found, problems } = readEvaluationImages({ images, captions, list: split });
  tellProblems(problems);
  return found;
}

function tellProblems(problems: readonly Problem[]): void {
  for (const { where, what } of problems.slice(0, 5)) {
    console.error(`Left out: ${where}: ${what.replace(/\.$/, '')}.`);
  }
  if (problems.length > 5) console.error(`… and ${problems.length - 5} more.`);
}

async function imagesOfDataset(
  { split = 'validation' }: Flags,
  data: Parameters<typeof loadDataset>[0],
): Promise<CaptionedImage[]> {
  if (!isSplit(split)) {
    throw new UserError(
      `--split can't be "${split}": give train, validation or test, or a list of names together with --images.`,
    );
  }
  const { images, splits } = await loadDataset(data, startProgress);
  const ids = splits[split];
  if (ids.length === 0)
    throw new UserError(`The split ${split} of ${data.dataset} is empty: choose another --split.`);
  const byId = new Map(images.map((image) => [image.id, image]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

function isSplit(name: string): name is SplitName {
  return ['train', 'validation', 'test'].includes(name);
}

if (require.main === module) void runCommand(main);
