import { configure } from '../config/configuration';
import { pick } from '../config/named-options';
import { flagOf, flagSpelling } from '../config/unused-options';
import { instancesBeside } from '../data/datasets/instances-beside';
import { readEvaluationImages } from '../data/evaluation-images';
import { instancesOfDataset } from '../data/known-objects';
import { loadDataset } from '../data/load';
import type { DataOptions } from '../data/options';
import { listProblems } from '../data/problems';
import type { CaptionedImage, Dataset, Problem, SplitName } from '../data/types';
import { UserError } from '../errors';
import { SHIPPED_MODEL } from '../generate-caption';
import { loadModel, type Model } from '../model/saved-model';
import { countMentions } from '../metrics/mentions';
import { evaluateModel } from '../pipeline/evaluate';
import { ownDataOf, warningsAbout } from '../pipeline/model-data';
import { startProgress } from '../progress/start';
import { stopSignal } from '../progress/stop';
import type { CommandDefinition } from './support/command';
import {
  addCalibrateFlags,
  calibrateModel,
  checkCalibrateFlags,
  type CalibrateFlags,
} from './support/calibrate-flags';
import { addChairFlags, objectsForChair, type ChairFlags } from './support/chair-flags';
import {
  CIDER_OF_ONE_IMAGE,
  captionLines,
  diversityReport,
  mentionLines,
  scoreLines,
} from './support/evaluation-report';
import { addFlags } from './support/flags';
import { JSON_OR_STDOUT, jsonFile, modelFiles } from './support/json-file';
import { leftOutLines } from './support/report-problems';
import { pathOf, readPath } from './support/user-path';

interface Flags extends ChairFlags, CalibrateFlags {
  model: string;
  images?: string;
  captions?: string;
  split?: string;
  mentions?: boolean;
  json?: string;
}

/** Options without an effect: the model has its encoder and vocabulary, all references count, no image is augmented or counts twice. */
const UNUSED = [
  ...['encoder', 'endPoint', 'fineTuneFrom'],
  ...['minWords', 'maxWords', 'minFrequency', 'maxVocabSize'],
  ...['augment', 'augmentations', 'oversample'],
];

export const command: CommandDefinition = {
  name: 'evaluate',
  summary: 'Caption images and score the captions against references.',
  details:
    'Give the images and captions of any data set (--images, --captions, and --split for a list of names), or a known ' +
    'data set (--dataset, --data-dir). Without either it is the data set that the model was trained on.',
  addOptions(command) {
    command
      .option('--model <folder>', 'folder of the model', readPath('--model'), pathOf(SHIPPED_MODEL))
      .option('--images <folder>', 'folder of images', readPath('--images'))
      .option(
        '--captions <file>',
        'their captions: token file, CSV, COCO or Karpathy JSON',
        readPath('--captions'),
      )
      .option(
        '--split <text>',
        'with --images: file with a list of image names (default: all); with --dataset: train, validation or test ' +
          '(default: validation)',
      )
      .option('--mentions', 'count how often captions name men, women and dogs, beside people')
      .option('--json <file>', `write scores (fractions) and captions there ${JSON_OR_STDOUT}`);
    addFlags(addCalibrateFlags(addChairFlags(command)), ['data', 'encoder', 'decoding'], { except: UNUSED });
  },
  async run(command) {
    const flags = command.opts<Flags>();
    const model = loadModel(flags.model);
    const given = {
      data: pick(command.opts(), 'data'),
      encoder: pick(command.opts(), 'encoder'),
      decoding: pick(command.opts(), 'decoding'),
    };
    const isOwn = flags.images !== undefined || flags.captions !== undefined;
    const split = isOwn ? undefined : splitNamed(flags.split);
    if (isOwn) refuseDataFlags(given.data);
    else if (given.data['dataset'] === undefined && !process.env['DATASET'])
      given.data = { ...dataOf(model), ...given.data };
    const configuration = configure(given, process.env, flagSpelling);
    const inputs = [flags.images ?? configuration.data.dataDir, flags.captions, flags.split, flags.instances];
    const read = [...inputs.filter((input) => input !== undefined), ...modelFiles(flags.model)];
    const calibrates = checkCalibrateFlags(flags, model, configuration.decoding, read);
    const writeJson = jsonFile(flags.json, read);

    const { images, dataset, training, instances, leftOut } = split
      ? await imagesOfDataset(split, configuration.data)
      : ownImages(flags);
    const ids = images.map(({ id }) => id);
    const warnings = warningsAbout(model, ids, dataset);
    warnings.forEach((warning) => console.error(warning));
    const known = objectsForChair(flags, ids, instances);
    const stop = stopSignal();
    const evaluation = await evaluateModel(model, images, {
      decoding: configuration.decoding,
      encoder: configuration.encoder,
      objects: known?.objects,
      progress: startProgress,
      signal: stop.signal,
    });
    stop.release();
    const { scores, notes, captions, references, perImage, problems } = evaluation;
    const all = listProblems(`${dataset?.name ?? 'own'}-evaluation`, [...leftOut, ...problems]);
    leftOutLines(all).forEach((line) => console.log(line));
    const count = Object.keys(captions).length;
    if (count === 1) notes.push(CIDER_OF_ONE_IMAGE);
    console.log(`${count} ${count === 1 ? 'image' : 'images'}, scores x 100:`);
    console.log(scoreLines(scores, dataset?.name).join('\n'));
    notes.forEach((note) => console.log(note));
    if (known) console.log(known.note);
    const mentions = flags.mentions ? countMentions(references, captions) : undefined;
    if (mentions) console.log(['', ...mentionLines(mentions, count)].join('\n'));
    const diversity = diversityReport(captions, training);
    console.log(['', ...captionLines(diversity, captions, references, perImage)].join('\n'));
    const calibrated = calibrates
      ? await calibrateModel(flags, model, evaluation, configuration.decoding)
      : undefined;
    if (calibrated) console.log(['', ...calibrated.lines].join('\n'));
    writeJson({
      ...scores,
      model: flags.model,
      decoding: configuration.decoding,
      warnings,
      diversity,
      ...(mentions ? { mentions } : {}),
      captions,
      perImage,
      ...(calibrated ? { confidence: calibrated.calibration } : {}),
    });
  },
};

/** The model's own data set, for scores where none is named. */
function dataOf(model: Model): Partial<DataOptions> {
  const data = ownDataOf(model);
  if (data) {
    console.error(`On ${data.dataset}, the data set that ${model.folder} was trained on.`);
    return data;
  }
  throw new UserError(
    `${model.folder} does not say what it was trained on: name a data set with --dataset, or --images and --captions.`,
  );
}

/** Flags of a known data set have no effect on images of one's own. */
function refuseDataFlags(data: object): void {
  const [name] = Object.keys(data);
  if (name === undefined) return;
  const flag = flagOf(name === 'seed' ? 'dataSeed' : name);
  throw new UserError(`${flag} has no effect with --images and --captions: leave it out.`);
}

/** Images to caption; of a known data set also what it is and its training captions. */
interface Evaluated {
  images: CaptionedImage[];
  dataset?: Dataset;
  training?: string[];
  /** files that know the objects of the images */
  instances: string[];
  leftOut: Problem[];
}

function ownImages({ images, captions, split }: Flags): Evaluated {
  if (!images || !captions)
    throw new UserError('Images and captions belong together: give both --images and --captions.');

  const { images: found, problems } = readEvaluationImages({
    images,
    captions,
    ...(split === undefined ? {} : { list: readPath('--split')(split) }),
  });
  return { images: found, instances: instancesBeside(captions), leftOut: problems };
}

async function imagesOfDataset(split: SplitName, data: DataOptions): Promise<Evaluated> {
  const loaded = await loadDataset(data, startProgress);
  const { images, splits, problems } = loaded;
  const ids = splits[split];
  if (ids.length === 0)
    throw new UserError(`The split ${split} of ${data.dataset} is empty: choose another --split.`);
  const byId = new Map(images.map((image) => [image.id, image]));
  const training = splits.train.flatMap((id) => byId.get(id)?.captions ?? []);
  return {
    images: ids.flatMap((id) => byId.get(id) ?? []),
    dataset: loaded,
    training,
    instances: instancesOfDataset(data),
    leftOut: problems,
  };
}

function splitNamed(name = 'validation'): SplitName {
  const split = (['train', 'validation', 'test'] as const).find((one) => one === name);
  if (split) return split;
  throw new UserError(
    `--split: expected train, validation or test, or with --images a list of names, got "${name}".`,
  );
}
