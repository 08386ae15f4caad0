import '../../lib/native/backend';
import fs from 'node:fs';
import path from 'node:path';
import { runCommand } from '../../lib/commands/support/run-command';
import { architectureOf } from '../../lib/captioners/architecture';
import { captionerDefinitions, createCaptioner } from '../../lib/captioners/registry';
import { drawArchitecture } from '../../lib/plots/architecture-drawing';
import { removeOwnFiles } from '../../lib/files';

/*
 * npm run docs:architecture: draws every registered captioner, with its default sizes, into docs/architecture/; with
 * --check it only says which drawings are not what it would draw.
 */

const FOLDER = path.join(__dirname, '..', 'architecture');

/** EfficientNet-Lite0's features of an image, and the vocabulary of Flickr8k: those of the shipped model. */
const inputs = { regions: 49, channels: 1280, vocabSize: 2904 };

function main(check: boolean): void {
  const drawings = new Map(
    captionerDefinitions().map(({ name, title, options }) => {
      const captioner = createCaptioner(options.parse({ name }), inputs);
      return [`${name}.svg`, drawArchitecture(architectureOf(captioner, inputs), title)];
    }),
  );
  const present = fs.existsSync(FOLDER) ? fs.readdirSync(FOLDER) : [];
  const stale = present.filter((name) => name.endsWith('.svg') && !drawings.has(name));
  const changed = [...drawings].filter(([name, svg]) => contentOf(name) !== svg);
  if (check) {
    const names = [...changed.map(([name]) => name), ...stale];
    if (names.length === 0) return;
    console.error(`docs/architecture: ${names.join(', ')} are out of date: run npm run docs:architecture.`);
    process.exitCode = 1;
    return;
  }
  fs.mkdirSync(FOLDER, { recursive: true });
  removeOwnFiles(FOLDER, (name) => stale.includes(name));
  for (const [name, svg] of changed) fs.writeFileSync(path.join(FOLDER, name), svg);
  console.log(`docs/architecture: ${drawings.size} drawings, ${changed.length} of them new.`);
}

function contentOf(name: string): string | undefined {
  const file = path.join(FOLDER, name);
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
}

void runCommand((argv) => Promise.resolve(main(argv.includes('--check'))));
