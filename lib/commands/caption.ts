import { pick } from '../config/named-options';
import { generateCaption, shippedModel } from '../generate-caption';
import { commandLine } from './command-line';
import { addFlags } from './flags';
import { jsonFile } from './json-file';
import { runCommand } from './run-command';

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
      shippedModel,
    )
    .option('--encoder-weights <file>', "path of the encoder's weights, where they are in no known place")
    .option('--json <file>', 'write captions, words and log-probabilities there');
  addFlags(command, ['decoding']).parse(argv, { from: 'user' });
  const flags = command.opts<Flags>();
  const pictures = command.args;
  const writeJson = jsonFile(flags.json);

  const captions = await generateCaption(pictures, {
    model: flags.model.split(','),
    encoderWeights: flags.encoderWeights,
    ...pick(command.opts(), 'decoding'),
  });
  captions.forEach(({ caption }, i) =>
    console.log(pictures.length > 1 ? `${pictures[i]}\t${caption}` : caption),
  );
  writeJson(
    captions.map(({ caption, words, score }, i) => ({
      image: pictures[i],
      caption,
      score,
      words: words.map(({ word, logProbability }) => ({ word, logProbability })),
    })),
  );
}

if (require.main === module) void runCommand(main);
