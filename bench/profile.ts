import '../lib/native/backend';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { commandLine } from '../lib/commands/command-line';
import { runCommand } from '../lib/commands/run-command';
import { captionerNames } from '../lib/config/captioner-options';
import { saveGraph } from '../lib/native/graph/compile';
import { UserError } from '../lib/errors';
import { fullSizes, quickSizes } from './sizes';
import { OurTraining, trainingTask } from './training';

const precisions = ['float32', 'bfloat16'] as const;
const run = promisify(execFile);
const python = path.join(__dirname, '..', '.venv', 'bin', 'python');

/** `npm run profile`: which operations of a training step take how long. */
export async function main(argv: string[]): Promise<void> {
  const command = commandLine(
    'npm run profile --',
    'Time the operations of a training step of the benchmark: its graph runs in Python, where TensorFlow can trace it.',
  )
    .argument('<captioner>', captionerNames.join(', '))
    .argument('<precision>', precisions.join(' or '))
    .option('--top <number>', 'kinds of operations that are listed', '25')
    .option('--quick', 'tiny sizes, to see that it runs')
    .parse(argv, { from: 'user' });
  const [model, precision] = command.args;
  const { top, quick } = command.opts<{ top: string; quick?: boolean }>();
  const task = trainingTask(oneOf(captionerNames, model, 'captioner'), quick ? quickSizes : fullSizes);
  const step = new OurTraining(task, oneOf(precisions, precision, 'precision'), 1);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'captioner-profile-'));
  try {
    const products = precision === 'bfloat16' ? 'bfloat16-products' : 'float32';
    saveGraph((...tensors) => step.eagerly(tensors), step.tensors(), folder, products);
    const { stdout } = await run(python, [path.join(__dirname, 'trace.py'), folder, top]);
    console.log(stdout.trimEnd());
  } finally {
    step.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function oneOf<T extends string>(names: readonly T[], name: string, what: string): T {
  const found = names.find((one) => one === name);
  if (found) return found;
  throw new UserError(`There is no ${what} "${name}": choose one of ${names.join(', ')}.`);
}

if (require.main === module) void runCommand(main);
