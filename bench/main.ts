import '../lib/native/backend';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { commandLine, parseArguments } from '../lib/commands/support/command-line';
import { JSON_OR_STDOUT, jsonFile } from '../lib/commands/support/json-file';
import { runCommand } from '../lib/commands/support/run-command';
import { writtenPath } from '../lib/commands/support/user-path';
import { parseValue } from '../lib/config/values';
import { messageOf, UserError } from '../lib/errors';
import { writeAtomically } from '../lib/files';
import { markdownTable, outcomeLines, type Report } from './report';
import { FAILED, NotMeasurable, type Context, type Row } from './row';
import { allRows } from './rows';
import { fullSizes, quickSizes } from './sizes';

interface Flags {
  only: string[];
  rounds: number;
  quick?: boolean;
  peers?: boolean;
  json?: string;
  markdown?: string;
}

const ROOT = path.join(__dirname, '..');
const KERAS_PYTHON = path.join(ROOT, '.venv', 'bin', 'python');

/** Where scripts/bench.mjs puts PyTorch and onnxruntime. */
export const PEERS_PYTHON = path.join(ROOT, 'data', 'bench', 'venv', 'bin', 'python');

/**
 * `npm run bench`: measures this project beside others, in turns, and prints medians and ratios.
 * @throws UserError where a row failed, after the others
 */
export async function main(argv: string[], rows: readonly Row[] = allRows()): Promise<void> {
  const counts = z.int().min(1);
  const command = commandLine(
    'npm run bench --',
    'Measure this project beside Keras and, with --peers, PyTorch and onnxruntime: in one run on one machine, in turns.',
  )
    .option(
      '--only <names>',
      `rows whose names begin so, with commas between them: ${rows.map(({ name }) => name).join(', ')}`,
      (text: string) => text.split(','),
      [''],
    )
    .option('--rounds <number>', 'measured rounds of each', (text) => parseValue('--rounds', text, counts), 5)
    .option('--peers', 'PyTorch and onnxruntime too; they are installed into data/bench')
    .option('--quick', 'tiny sizes, to see that everything runs: the figures mean nothing')
    .option('--json <file>', `write all figures there ${JSON_OR_STDOUT}`)
    .option('--markdown <file>', 'write the table there', writtenPath);
  const flags = parseArguments(command, argv).opts<Flags>();
  const chosen = rowsNamed(flags.only, rows);
  const writeJson = jsonFile(flags.json);
  const report: Report = { machine: machine(), quick: flags.quick ?? false, rounds: flags.rounds, rows: [] };
  for (const row of chosen) {
    console.log(`\n${row.name}: ${row.what}`);
    const result = { name: row.name, what: row.what, ...(await outcomeOf(row, flags)) };
    report.rows.push(result);
    outcomeLines(result).forEach((line) => console.log(`  ${line}`));
    if (flags.json !== '-') writeJson(report); // after each row, since all of them take a while
  }
  if (flags.json === '-') writeJson(report);
  if (flags.markdown) writeAtomically(flags.markdown, markdownTable(report));
  const failed = report.rows.filter(({ notes }) => notes.some((note) => note.startsWith(FAILED)));
  if (failed.length > 0)
    throw new UserError(`Something failed in ${failed.map(({ name }) => name).join(', ')}: see above.`);
}

function rowsNamed(beginnings: readonly string[], rows: readonly Row[]): Row[] {
  const unknown = beginnings.find((text) => !rows.some(({ name }) => name.startsWith(text)));
  if (unknown !== undefined) {
    throw new UserError(
      `There is no row "${unknown}": choose of ${rows.map(({ name }) => name).join(', ')}.`,
    );
  }
  return rows.filter(({ name }) => beginnings.some((text) => name.startsWith(text)));
}

async function outcomeOf(row: Row, { rounds, quick, peers }: Flags) {
  const parent = path.join(ROOT, 'data', 'bench'); // on the project's own disk
  fs.mkdirSync(parent, { recursive: true });
  const folder = fs.mkdtempSync(path.join(parent, 'run-'));
  const remove = () => fs.rmSync(folder, { recursive: true, force: true });
  const release = onEnd(remove);
  const context: Context = {
    sizes: quick ? quickSizes : fullSizes,
    rounds,
    peers: { keras: KERAS_PYTHON, ...(peers ? { others: PEERS_PYTHON } : {}) },
    folder,
  };
  try {
    return await row.run(context);
  } catch (error) {
    // One row that fails must not cost the others.
    const why = error instanceof NotMeasurable ? 'not measured: ' : FAILED;
    return { unit: '', measures: [], comparisons: [], notes: [`${why}${messageOf(error)}`] };
  } finally {
    release();
    remove();
  }
}

/** Clears up when the process is told to end. @returns takes that back */
function onEnd(clear: () => void): () => void {
  const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  const listeners = Object.entries(signals).map(([signal, status]) => {
    const listener = () => {
      clear();
      process.exit(status);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  return () => listeners.forEach((off) => off());
}

function machine(): string {
  const cpus = os.cpus();
  return `${cpus.length} cores (${cpus[0]?.model.trim() ?? 'unknown'}), ${Math.round(os.totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
}

if (require.main === module) void runCommand((argv) => main(argv));
