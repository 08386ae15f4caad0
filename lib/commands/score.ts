import { readCandidates, readReferences } from '../metrics/read-captions';
import { scoreCaptions } from '../metrics/score';
import type { Scores } from '../metrics/types';
import { commandLine } from './support/command-line';
import { jsonFile } from './support/json-file';
import { runCommand } from './support/run-command';

interface Options {
  references: string;
  candidates: string;
  json?: string;
}

/** `npm run score`: scores captions from anywhere against their references, and prints a table. */
export async function main(argv: string[]): Promise<void> {
  const command = commandLine(
    'npm run score --',
    'Score captions with BLEU, METEOR, ROUGE-L and CIDEr, as the scorers of coco-caption do: one ' +
      'candidate for each image, against its references.',
  )
    .requiredOption('--references <file>', 'JSON: {"image": ["reference", …], …}')
    .requiredOption('--candidates <file>', 'JSON: {"image": "candidate", …}, or a list of one for each image')
    .option('--json <file>', 'write the scores there, as fractions (CIDEr may pass 1)')
    .parse(argv, { from: 'user' });
  const options = command.opts<Options>();

  const writeJson = jsonFile(options.json);
  const references = readReferences(options.references);
  const candidates = readCandidates(options.candidates);
  const { corpus, notes } = await scoreCaptions(references, candidates);

  const captions = Object.keys(candidates).length;
  console.log(`${captions} ${captions === 1 ? 'caption' : 'captions'}, as fractions:\n`);
  console.log(table(corpus));
  notes.forEach((note) => console.log(`\n${note}`));
  writeJson({ ...corpus, ...(notes.length > 0 ? { notes } : {}) });
}

function table(scores: Scores): string {
  return Object.entries(scores)
    .map(([name, score]) => `${name.padEnd(8)} ${score.toFixed(4)}`)
    .join('\n');
}

if (require.main === module) void runCommand(main);
