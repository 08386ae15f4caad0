import { ImageError, UserError } from '../errors';
import {
  generateCaption,
  SHIPPED_MODEL,
  type GeneratedCaption,
  type GenerateOptions,
} from '../generate-caption';
import { inBatches } from '../in-batches';
import type { CommandDefinition } from './support/command';
import { addFlags, pickFlags } from './support/flags';
import { JSON_OR_STDOUT, jsonFile, modelFiles } from './support/json-file';

interface Flags {
  model: string;
  json?: string;
}

/** The model states its encoder, and images go through it one by one or in batches of a fixed size. */
const UNUSED = ['encoder', 'endPoint', 'fineTuneFrom', 'encoderBatchSize'];

export const command: CommandDefinition = {
  name: 'caption',
  summary: 'Caption images: paths or http(s) addresses.',
  addOptions(command) {
    command
      .argument('<images...>', 'image files or addresses')
      .option(
        '--model <folders>',
        'folder of the model, or of several with commas between: an ensemble',
        SHIPPED_MODEL,
      )
      .option('--json <file>', `write captions, words and log-probabilities there ${JSON_OR_STDOUT}`);
    addFlags(command, ['encoder', 'decoding'], { except: UNUSED });
  },
  async run(command) {
    const flags = command.opts<Flags>();
    const images = command.args;

    const options = {
      model: flags.model.split(','),
      ...pickFlags(command.opts(), 'encoder'),
      ...pickFlags(command.opts(), 'decoding'),
    };
    const writeJson = jsonFile(flags.json, [...images, ...options.model.flatMap(modelFiles)]);
    const captions: Captioned[] = [];
    for (const some of inBatches(images, BATCH_SIZE)) {
      const done = await captionEach(some, options, images.length > 1);
      for (const { image, caption } of done)
        console.log(images.length > 1 ? `${image}\t${caption.caption}` : caption.caption);

      captions.push(...done);
    }
    writeJson(
      captions.map(({ image, caption: { caption, words, score } }) => ({
        image,
        caption,
        score,
        words: words.map(({ word, logProbability }) => ({ word, logProbability })),
      })),
    );
    const failed = images.length - captions.length;
    if (failed > 0) throw new UserError(`${failed} of ${images.length} images have no caption: see above.`);
  },
};

interface Captioned {
  image: string;
  caption: GeneratedCaption;
}

/** Images that are captioned before their captions are printed. */
const BATCH_SIZE = 16;

/** Captions images; where there are `others`, one that cannot be read is reported and left out. */
async function captionEach(
  images: readonly string[],
  options: GenerateOptions,
  others: boolean,
): Promise<Captioned[]> {
  try {
    const captions = await generateCaption(images, options);
    return captions.map((caption, i) => ({ image: images[i], caption }));
  } catch (error) {
    if (!others || !(error instanceof ImageError)) throw error;
    if (images.length === 1) {
      console.error(error.message);
      return [];
    }
  }
  const alone: Captioned[] = [];
  for (const image of images) alone.push(...(await captionEach([image], options, true)));
  return alone;
}
