import '../lib/native/backend';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { captionerNames } from '../lib/captioners/registry';
import { commandLine } from '../lib/commands/support/command-line';
import { runCommand } from '../lib/commands/support/run-command';
import { saveGraph } from '../lib/native/graph/compile';
import { saveGraphWithState } from '../lib/native/graph/compile-with-state';
import { matmulPrecision } from '../lib/native/precision';
import { UserError } from '../lib/errors';
import { initialOptimizerState, optimizerStep } from '../lib/training/optimizer';
import { gradientStep } from '../lib/training/step';
import { fullSizes, quickSizes } from './sizes';
import { OurTraining, training, trainingTask } from './training';

const precisions = ['float32', 'bfloat16'] as const;
const run = promisify(execFile);
const PYTHON = path.join(__dirname, '..', '.venv', 'bin', 'python');

/** `npm run profile`: which operations of a training step take how long. */
export async function main(argv: string[]): Promise<void> {
  const command = commandLine(
    'npm run profile --',
    'Time the operations of a training step of the benchmark: its graph runs in Python, where TensorFlow can trace it.',
  )
    .argument('<captioner>', captionerNames().join(', '))
    .argument('<precision>', precisions.join(' or '))
    .option('--top <number>', 'kinds of operations that are listed', '25')
    .option('--quick', 'tiny sizes, to see that it runs')
    .parse(argv, { from: 'user' });
  const [model, inPrecision] = command.args;
  const { top, quick } = command.opts<{ top: string; quick?: boolean }>();
  const task = trainingTask(oneOf(captionerNames(), model, 'captioner'), quick ? quickSizes : fullSizes);
  const precision = oneOf(precisions, inPrecision, 'precision');
  const ours = new OurTraining(task, precision, 1);
  const options = { ...training, dropout: task.dropout };
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'captioner-profile-'));
  const inFolder = (name: string) => {
    const made = path.join(folder, name);
    fs.mkdirSync(made);
    return made;
  };
  try {
    const inputs = ours.gradientInputs();
    const { weights, ...moments } = initialOptimizerState(inputs.weights, options);
    const updates = { gradients: weights, statistics: weights, norm: tf.scalar(1) };
    const [gradients, optimizer] = [inFolder('gradients'), inFolder('optimizer')];
    saveGraph(gradientStep(task.captioner, options), inputs, gradients, matmulPrecision(precision));
    const optimizerInputs = { weights, updates, rates: inputs.batch.rates };
    saveGraphWithState(optimizerStep(task.captioner.specs, options), moments, optimizerInputs, optimizer);
    const { stdout } = await run(PYTHON, [path.join(__dirname, 'trace.py'), top, gradients, optimizer]);
    console.log(stdout.trimEnd());
  } finally {
    ours.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function oneOf<T extends string>(names: readonly T[], name: string, what: string): T {
  const found = names.find((one) => one === name);
  if (found) return found;
  throw new UserError(`There is no ${what} "${name}": choose one of ${names.join(', ')}.`);
}

if (require.main === module) void runCommand(main);
