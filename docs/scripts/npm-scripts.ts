import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandNames } from '../../lib/commands/registry';
import { runCommand } from '../../lib/commands/support/run-command';

/*
 * npm run docs:commands: writes a script into package.json for each command, so that `npm run train` is short for
 * `npm run cli -- train`; with --check it only says whether they are there.
 */

const FILE = join(__dirname, '..', '..', 'package.json');
const RUN = 'exec node scripts/run.mjs';

function withCommands(text: string): string {
  const description = JSON.parse(text) as { scripts: Record<string, string> };
  const others = Object.entries(description.scripts).filter(([, script]) => !script.startsWith(`${RUN} `));
  const commands = commandNames().map((name) => [name, `${RUN} ${name}`]);
  const place = others.findIndex(([name]) => name === 'cli') + 1;
  others.splice(place, 0, ...(commands as [string, string][]));
  return `${JSON.stringify({ ...description, scripts: Object.fromEntries(others) }, null, 2)}\n`;
}

function main(): void {
  const text = readFileSync(FILE, 'utf8');
  const written = withCommands(text);
  if (!process.argv.includes('--check')) return writeFileSync(FILE, written);
  if (text === written) return;
  console.log('package.json lacks a script of a command: run npm run docs:commands.');
  process.exitCode = 1;
}

if (require.main === module) void runCommand(() => Promise.resolve(main()));
