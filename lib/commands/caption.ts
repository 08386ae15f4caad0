import { Command } from 'commander';
import { writeAtomically } from '../data/files';
import { generateCaption, shippedModel } from '../generate-caption';
import { addFlags, pick } from './flags';
import { runCommand } from './run-command';

interface Flags {
  model: string;
  encoderWeights?: string;
  json?: string;
}

/** `npm run caption`: captions any pictures. */
export async function main(argv: string[]): Promise<void> {
  const command = new Command('npm run caption --')
    .description('Caption pictures: paths or http(s) addresses.')
    .argument('<pictures...>', 'image files or addresses')
    .option('--model <folder>', 'folder of the model', shippedModel)
    .option('--encoder-weights <file>', "path of the encoder's weights, where they are in no known place")
    .option('--json <file>', 'write captions, words and log-probabilities there');
  addFlags(command, ['decoding']).parse(argv, { from: 'user' });
  const flags = command.opts<Flags>();
  const pictures = command.args;

  const captions = await generateCaption(pictures, {
    model: flags.model,
    encoderWeights: flags.encoderWeights,
    ...pick(command.opts(), 'decoding'),
  });
  captions.forEach(({ caption }, i) =>
    console.log(pictures.length > 1 ? `${pictures[i]}\t${caption}` : caption),
  );
  if (flags.json) {
    const result = captions.map(({ caption, words, score }, i) => ({
      image: pictures[i],
      caption,
      score,
      words: words.map(({ word, logProbability }) => ({ word, logProbability })),
    }));
    writeAtomically(flags.json, `${JSON.stringify(result, null, 2)}\n`);
  }
}

if (require.main === module) void runCommand(main);
