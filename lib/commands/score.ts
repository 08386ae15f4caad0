import { readCandidates, readReferences } from '../metrics/read-captions';
import { scoreCaptions } from '../metrics/score';
import type { CommandDefinition } from './support/command';
import { scoreTable } from './support/evaluation-report';
import { jsonFile } from './support/json-file';

interface Options {
  references: string;
  candidates: string;
  json?: string;
}

const CIDER_OF_ONE_IMAGE =
  'CIDEr of a single image is always 0: its weights come from how many images share a phrase.';

export const command: CommandDefinition = {
  name: 'score',
  summary: 'Score captions with the metrics of the field, as the scorers of coco-caption do.',
  details: 'Each image has one candidate and its references.',
  addOptions(command) {
    command
      .requiredOption('--references <file>', 'JSON: {"image": ["reference", …], …}')
      .requiredOption(
        '--candidates <file>',
        'JSON: {"image": "candidate", …}, or a list of one for each image',
      )
      .option('--json <file>', 'write the scores there, as fractions (CIDEr may exceed 1)');
  },
  async run(command) {
    const options = command.opts<Options>();

    const writeJson = jsonFile(options.json);
    const references = readReferences(options.references);
    const candidates = readCandidates(options.candidates);
    const { corpus, notes } = await scoreCaptions(references, candidates);

    const captions = Object.keys(candidates).length;
    if (captions === 1) notes.push(CIDER_OF_ONE_IMAGE);
    console.log(`${captions} ${captions === 1 ? 'caption' : 'captions'}, as fractions:\n`);
    console.log(scoreTable(corpus, (score) => score.toFixed(4)).join('\n'));
    notes.forEach((note) => console.log(`\n${note}`));
    writeJson({ ...corpus, ...(notes.length > 0 ? { notes } : {}) });
  },
};
