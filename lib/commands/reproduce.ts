import { existsSync } from 'node:fs';
import path from 'node:path';
import { configure } from '../config/configuration';
import { instancesOfDataset } from '../data/known-objects';
import { loadDataset } from '../data/load';
import type { CaptionedImage, Dataset, SplitName } from '../data/types';
import { UserError } from '../errors';
import { SHIPPED_MODEL } from '../generate-caption';
import type { Scores } from '../metrics/types';
import { recordOf, saveScores, type Model } from '../model/saved-model';
import type { Configuration } from '../config/types';
import { evaluateModel } from '../pipeline/evaluate';
import { refuseEarly } from '../pipeline/model-folder';
import type { Hooks } from '../pipeline/prepare';
import { textTable } from '../plots/text-table';
import { startProgress } from '../progress/start';
import { stopSignal } from '../progress/stop';
import { objectsForChair } from './support/chair-flags';
import { percent } from './support/columns';
import type { CommandDefinition } from './support/command';
import { trainAndReport } from './support/train-and-report';
import { jsonFile, JSON_OR_STDOUT, modelFiles } from './support/json-file';
import { pathOf, readPath, writtenPath } from './support/user-path';

/** What is scored, by the split of the data set that it is. */
const SETS = { validation: 'Flickr8k dev', test: 'COCO held out' } as const;

export const command: CommandDefinition = {
  name: 'reproduce',
  summary: 'Train the captioner that comes with the project again, and compare its scores.',
  details:
    'The folder has folders flickr8k and coco with their images and captions. It takes up to three hours on 2 cores. Ctrl-C ' +
    'stops at the next step; run it again to continue.',
  addOptions(command) {
    command
      .requiredOption('--data-dir <folder>', 'folder with flickr8k/ and coco/', readPath('--data-dir'))
      .option('--model <folder>', 'folder of the new model', writtenPath, 'models/reproduced')
      .option('--json <file>', `write the record of the training there ${JSON_OR_STDOUT}`);
  },
  async run(command) {
    const { dataDir, model, json } = command.opts<{ dataDir: string; model: string; json?: string }>();
    for (const name of ['flickr8k', 'coco']) {
      if (!existsSync(path.join(dataDir, name))) {
        throw new UserError(
          `${dataDir} has no folder ${name}: put that data set there, or name another --data-dir.`,
        );
      }
    }
    const configuration = configure(
      { preset: 'shipped', data: { dataset: 'flickr8k-coco', dataDir }, model },
      {},
    );
    const writeJson = jsonFile(json, [dataDir, ...modelFiles(model)]);
    refuseEarly(configuration, 'refuse');
    const stop = stopSignal();
    const hooks = { progress: startProgress, signal: stop.signal };
    const { trained } = await trainAndReport(configuration, hooks, { ifAnother: 'refuse', writeJson });
    if (trained?.model) {
      const { scores: shipped } = recordOf(pathOf(SHIPPED_MODEL));
      const dataset = await loadDataset(configuration.data);
      for (const [split, name] of Object.entries(SETS)) {
        const images = imagesOf(dataset, split as SplitName);
        const scores = await scoresOn(images, trained.model, configuration, hooks);
        saveScores(trained.model, name, scores);
        console.log(`\n${comparison(name, scores, shipped[name] ?? {})}`);
      }
    }
    stop.release();
  },
};

function imagesOf({ images, splits }: Dataset, split: SplitName): CaptionedImage[] {
  const ids = new Set(splits[split]);
  return images.filter(({ id }) => ids.has(id));
}

async function scoresOn(
  images: readonly CaptionedImage[],
  model: Model,
  { data, decoding, encoder }: Configuration,
  hooks: Hooks,
): Promise<Scores> {
  const ids = images.map(({ id }) => id);
  const known = objectsForChair({ chair: true }, ids, instancesOfDataset(data));
  const options = { decoding, encoder, objects: known?.objects, ...hooks };
  return (await evaluateModel(model, images, options)).scores;
}

/** Scores times 100 of both models on one set of images. */
function comparison(name: string, scores: Scores, shipped: Scores): string {
  const rows = Object.entries(scores).map(([score, value]) => [
    score,
    percent(value),
    score in shipped ? percent(shipped[score]) : '-',
  ]);
  return textTable([`${name}, scores x 100`, 'this training', 'shipped'], rows);
}
