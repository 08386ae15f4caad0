import { captionsOption } from '../decoding/caption-request';
import { parseValue } from '../config/values';
import { ImageError, UserError } from '../errors';
import {
  generateCaption,
  SHIPPED_MODEL,
  type CaptionText,
  type GeneratedCaption,
  type GenerateOptions,
} from '../generate-caption';
import { inBatches } from '../in-batches';
import type { CommandDefinition } from './support/command';
import { addFlags, pickFlags } from './support/flags';
import { JSON_OR_STDOUT, jsonFile, modelFiles } from './support/json-file';
import { imagePath, pathOf, readPath } from './support/user-path';

interface Flags {
  model: string;
  captions?: number;
  include: string[];
  exclude: string[];
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
        (typed: string) => typed.split(',').map(readPath('--model')).join(),
        pathOf(SHIPPED_MODEL),
      )
      .option(
        '--captions <number>',
        `${captionsOption.description} [an integer >= 1 and <= 100; default: 1]`,
        (text) => parseValue('--captions', text, captionsOption.unwrap()),
      )
      .option(
        '--include <words>',
        'a word or phrase that captions must have, in singular or plural; `a|b`: one of these as they are. Several times: all ' +
          'of them',
        addTo,
        [],
      )
      .option('--exclude <words>', 'a word or phrase that captions must not have, in the same way', addTo, [])
      .option('--json <file>', `write captions, words and log-probabilities there ${JSON_OR_STDOUT}`);
    addFlags(command, ['encoder', 'decoding'], { except: UNUSED });
  },
  async run(command) {
    const { model, captions: wanted = 1, include, exclude, json } = command.opts<Flags>();
    const images = command.args;

    const options = {
      model: model.split(','),
      ...{ captions: wanted, include, exclude },
      ...pickFlags(command.opts(), 'encoder'),
      ...pickFlags(command.opts(), 'decoding'),
    };
    const writeJson = jsonFile(json, [...images.map(pathOf), ...options.model.flatMap(modelFiles)]);
    const captions: Captioned[] = [];
    for (const some of inBatches(images, BATCH_SIZE)) {
      const done = await captionEach(some, options, images.length > 1);
      for (const one of done) printCaptions(one, images.length > 1, wanted);
      captions.push(...done);
    }
    writeJson(
      captions.map(({ image, caption }) => ({
        image,
        ...withoutAttention(caption),
        captions: caption.captions.map(withoutAttention),
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

const addTo = (text: string, before: string[]) => [...before, text];

/** A line for each caption; with the image where there are others. */
function printCaptions({ image, caption: { captions } }: Captioned, others: boolean, wanted: number): void {
  for (const { caption } of captions) console.log(others ? `${image}\t${caption}` : caption);
  if (captions.length < wanted)
    console.error(`${image}: only ${captions.length} different captions were found, not ${wanted}.`);
}

function withoutAttention({ caption, score, words }: CaptionText) {
  return {
    caption,
    score,
    words: words.map(({ word, logProbability }) => ({ word, logProbability })),
  };
}

/** Captions images; where there are `others`, one that cannot be read is reported and left out. */
async function captionEach(
  images: readonly string[],
  options: GenerateOptions,
  others: boolean,
): Promise<Captioned[]> {
  try {
    const captions = await generateCaption(images.map(imagePath), options);
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
