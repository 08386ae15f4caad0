import { existsSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { configure } from '../config/configuration';
import { pick } from '../config/named-options';
import { flagSpelling } from '../config/unused-options';
import { readEvaluationImages } from '../data/evaluation-images';
import { UserError } from '../errors';
import type { Captions, Scores } from '../metrics/types';
import {
  assertDeletable,
  deleteModel,
  modelsIn,
  renameModel,
  type ModelFolderEntry,
} from '../model/model-folders';
import { loadModel } from '../model/saved-model';
import { evaluateModel } from '../pipeline/evaluate';
import { warningsAbout } from '../pipeline/model-data';
import { textTable } from '../plots/text-table';
import { startProgress } from '../progress/start';
import { stopSignal } from '../progress/stop';
import type { CommandDefinition } from './support/command';
import { addFlags } from './support/flags';
import { JSON_OR_STDOUT, jsonFile } from './support/json-file';
import { reportProblems } from './support/report-problems';
import { pathOf, readPath } from './support/user-path';

interface Flags {
  dir: string;
  images?: string;
  captions?: string;
  split?: string;
  yes?: boolean;
  json?: string;
}

/** A model states its encoder. */
const UNUSED = ['encoder', 'endPoint', 'fineTuneFrom', 'encoderWeights'];

export const command: CommandDefinition = {
  name: 'models',
  summary: 'List trained models, compare them on the same images, rename or delete one.',
  details:
    'models; models compare A B --images DIR --captions FILE; models rename A B; models delete A --yes. A model is named by its ' +
    'folder, or by its name in models/.',
  addOptions(command) {
    command
      .argument('[action]', 'list, compare, rename or delete', 'list')
      .argument('[models...]', 'folders of models')
      .option('--dir <folder>', 'folder of the models', readPath('--dir'), pathOf('models'))
      .option('--images <folder>', 'compare: folder of images', readPath('--images'))
      .option('--captions <file>', 'compare: their captions', readPath('--captions'))
      .option('--split <file>', 'compare: list of image names (default: all)', readPath('--split'))
      .option('--yes', 'delete: really')
      .option('--json <file>', `write what is printed there ${JSON_OR_STDOUT}`);
    addFlags(command, ['encoder', 'decoding'], { except: UNUSED });
  },
  async run(command) {
    const flags = command.opts<Flags>();
    const [action, ...names] = command.processedArgs.flat() as string[];
    const folders = names.map((name) => folderOf(name, flags.dir));
    switch (action) {
      case 'list':
        expect(folders, 0, action);
        return list(flags);
      case 'compare':
        return compare(folders, flags, command.opts());
      case 'rename':
        return rename(expect(folders, 2, action), names[1]);
      case 'delete':
        return remove(expect(folders, 1, action)[0], flags);
      default:
        throw new UserError(`Unknown action "${action}": expected list, compare, rename or delete.`);
    }
  },
};

/** A model by its folder, else by its name in the folder of models. */
function folderOf(name: string, dir: string): string {
  const typed = pathOf(name);
  const named = path.join(dir, name);
  return !existsSync(typed) && existsSync(named) ? named : typed;
}

function expect(folders: string[], count: number, action: string): string[] {
  if (folders.length === count) return folders;
  throw new UserError(
    `models ${action} takes ${count} model${count === 1 ? '' : 's'}, got ${folders.length}: see npm run models -- --help.`,
  );
}

function list({ dir, json }: Flags): void {
  const writeJson = jsonFile(json);
  const models = modelsIn(dir);
  if (models.length === 0) {
    console.log(`There are no models in ${dir}: train one.`);
  } else {
    console.log(
      textTable(['model', 'captioner', 'encoder', 'data', 'CIDEr', 'MB', 'saved', ''], models.map(rowOf)),
    );
  }
  writeJson(
    models.map(({ folder, record, bytes, saved, isInUse }) => ({
      folder,
      captioner: record?.captioner.name,
      encoder: record?.encoder.name,
      data: record && dataOf(record.training),
      scores: record?.scores,
      bytes,
      saved: saved.toISOString(),
      shipped: record?.shipped ?? false,
      inUse: isInUse,
    })),
  );
}

function rowOf({ folder, record, bytes, saved, isInUse }: ModelFolderEntry): string[] {
  const size = (bytes / 1e6).toFixed(0);
  const day = saved.toISOString().slice(0, 10);
  const notes = [
    ...(record ? [] : ['cannot be read']),
    ...(record?.shipped ? ['comes with the project'] : []),
    ...(record?.weights.dropped === undefined ? [] : ['weights not kept']),
    ...(isInUse ? ['in training'] : []),
  ];
  if (!record) return [folder, '', '', '', '', size, day, notes.join(', ')];
  const cider = Object.values(record.scores)
    .flatMap(({ CIDEr }) => (Number.isFinite(CIDEr) ? [CIDEr] : []))
    .at(-1);
  const figure = cider === undefined ? '' : (100 * cider).toFixed(1);
  return [
    folder,
    record.captioner.name,
    record.encoder.name,
    dataOf(record.training),
    figure,
    size,
    day,
    notes.join(', '),
  ];
}

function dataOf(training: Record<string, unknown>): string {
  return String((training['data'] as { dataset?: string } | undefined)?.dataset ?? '');
}

/** Captions of each model, side by side, and their scores. */
async function compare(folders: string[], flags: Flags, given: Record<string, unknown>): Promise<void> {
  const { images: dir, captions: file, split, json } = flags;
  if (folders.length < 2) throw new UserError('models compare takes two models or more: name their folders.');
  if (dir === undefined || file === undefined)
    throw new UserError('models compare needs images and their captions: give --images and --captions.');

  const options = { encoder: pick(given, 'encoder'), decoding: pick(given, 'decoding') };
  const { encoder, decoding } = configure(options, process.env, flagSpelling);
  const writeJson = jsonFile(json, [dir, file]);
  const { images, problems } = readEvaluationImages({ images: dir, captions: file, list: split });
  reportProblems(problems);
  const results: { model: string; scores: Scores; captions: Captions }[] = [];
  for (const folder of folders) {
    const model = loadModel(folder);
    const stop = stopSignal();
    try {
      warningsAbout(model, images.map(({ id }) => id)).forEach((warning) => console.error(warning)); // prettier-ignore
      const hooks = { progress: startProgress, signal: stop.signal };
      const { scores, captions } = await evaluateModel(model, images, { encoder, decoding, ...hooks });
      results.push({ model: folder, scores, captions });
    } finally {
      stop.release();
      tf.dispose(model.weights);
    }
  }
  const names = Object.keys(results[0].scores);
  const figures = results.map(({ model, scores }) => [
    model,
    ...names.map((name) => (100 * scores[name]).toFixed(1)),
  ]);
  console.log(`${images.length} images, scores x 100:\n${textTable(['model', ...names], figures)}`);
  const width = Math.max(...folders.map((folder) => folder.length));
  for (const { id, captions } of images) {
    const lines = results.map((one) => `  ${one.model.padEnd(width)}  ${one.captions[id] ?? ''}`);
    console.log([`\n${id}  (reference: ${captions[0]})`, ...lines].join('\n'));
  }
  writeJson(results);
}

function rename([from, to]: string[], name: string): void {
  const target = path.basename(name) === name ? path.join(path.dirname(from), name) : to;
  renameModel(from, target);
  console.log(`${from} is ${target} now.`);
}

function remove(folder: string, { yes }: Flags): void {
  assertDeletable(folder);
  if (!yes)
    throw new UserError(`${folder} and its checkpoints would be gone for good: add --yes to delete them.`);
  const left = deleteModel(folder);
  console.log(
    `${folder} is deleted${left.length > 0 ? `; other files stay there: ${left.join(', ')}` : ''}.`,
  );
}
