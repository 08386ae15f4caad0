import { pick } from '../config/named-options';
import { ImageError, UserError } from '../errors';
import {
  generateCaption,
  SHIPPED_MODEL,
  type GeneratedCaption,
  type GenerateOptions,
} from '../generate-caption';
import { inBatches } from '../in-batches';
import { commandLine } from './support/command-line';
import { addFlags } from './support/flags';
import { jsonFile } from './support/json-file';
import { runCommand } from './support/run-command';

interface Flags {
  model: string;
  encoderWeights?: string;
  json?: string;
}

/** `npm run caption`: captions any pictures. */
export async function main(argv: string[]): Promise<void> {
  const command = commandLine('npm run caption --', 'Caption pictures: paths or http(s) addresses.')
    .argument('<pictures...>', 'image files or addresses')
    .option(
      '--model <folders>',
      'folder of the model, or of several with commas between, which speak as one',
      SHIPPED_MODEL,
    )
    .option('--encoder-weights <file>', "path of the encoder's weights, where they are in no known place")
    .option('--json <file>', 'write captions, words and log-probabilities there');
  addFlags(command, ['decoding']).parse(argv, { from: 'user' });
  const flags = command.opts<Flags>();
  const pictures = command.args;
  const writeJson = jsonFile(flags.json);

  const options = {
    model: flags.model.split(','),
    encoderWeights: flags.encoderWeights,
    ...pick(command.opts(), 'decoding'),
  };
  const captions: Captioned[] = [];
  for (const some of inBatches(pictures, BATCH_SIZE)) {
    const done = await captionEach(some, options, pictures.length > 1);
    for (const { image, caption } of done)
      console.log(pictures.length > 1 ? `${image}\t${caption.caption}` : caption.caption);

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
  const failed = pictures.length - captions.length;
  if (failed > 0) throw new UserError(`${failed} of ${pictures.length} pictures have no caption: see above.`);
}

interface Captioned {
  image: string;
  caption: GeneratedCaption;
}

/** Pictures that are captioned before their captions are printed. */
const BATCH_SIZE = 16;

/** Captions pictures; where there are `others`, one that cannot be read is told of and left out. */
async function captionEach(
  pictures: readonly string[],
  options: GenerateOptions,
  others: boolean,
): Promise<Captioned[]> {
  try {
    const captions = await generateCaption(pictures, options);
    return captions.map((caption, i) => ({ image: pictures[i], caption }));
  } catch (error) {
    if (!others || !(error instanceof ImageError)) throw error;
    if (pictures.length === 1) {
      console.error(error.message);
      return [];
    }
  }
  const alone: Captioned[] = [];
  for (const picture of pictures) alone.push(...(await captionEach([picture], options, true)));
  return alone;
}

if (require.main === module) void runCommand(main);
