import * as tf from '@tensorflow/tfjs-core';
import { initializeWeights } from '../../lib/captioners/initialize';
import { createCaptioner } from '../../lib/captioners/registry';
import { nativeTensorCount } from '../../lib/native/backend';
import { OurDecoding } from '../decoding';
import { median } from '../race';
import type { Contender, Context, Figure, Outcome, Row } from '../row';
import { OurTraining, trainingTask } from '../training';

/** Growth of the resident set that counts as none: allocators keep some of what is freed. */
const FLAT_MIB = 32;

export const memoryRow: Row = {
  name: 'memory',
  what: 'memory over training steps and captions of cross-attention',
  run: watchMemory,
};

async function watchMemory({ sizes }: Context): Promise<Outcome> {
  const { memorySteps, captioned, captionedTogether: together, regions, channels, steps } = sizes;
  const task = trainingTask('cross-attention', sizes);
  const training = new OurTraining(task, 'float32', 1);
  const captioner = createCaptioner(sizes.captionerOptions('cross-attention'), sizes);
  const weights = initializeWeights(captioner.specs, 1);
  const features = tf.randomUniform<tf.Rank.R3>([together, regions, channels], 0, 1, 'float32', 1);
  const decoding = new OurDecoding(captioner, weights, features, { together, options: { maxLength: steps } });
  try {
    const figures = [
      ...(await growth(`${memorySteps} training steps`, training, memorySteps)),
      ...(await growth(`${captioned} captions`, decoding, Math.ceil(captioned / together))),
    ];
    return { unit: '', measures: [], comparisons: [], figures, notes: [] };
  } finally {
    training.close();
    decoding.close();
    tf.dispose([task.weights, task.batch, weights, features]);
  }
}

/** What is held more at the end of many rounds than at their start, after two that do not count. */
async function growth(what: string, contender: Contender, rounds: number): Promise<Figure[]> {
  for (let i = 0; i < 2; i++) await contender.round();
  const tensors = nativeTensorCount();
  const resident: number[] = [];
  for (let i = 0; i < rounds; i++) {
    await contender.round();
    resident.push(process.memoryUsage.rss() / 2 ** 20);
  }
  const quarter = Math.max(1, Math.floor(rounds / 4));
  // From the second quarter on: allocators fill their pools first.
  const before = median(resident.slice(quarter, 2 * quarter + 1));
  const grown = median(resident.slice(-quarter)) - before;
  const more = nativeTensorCount() - tensors;
  return [
    { what: `native tensors more after ${what}`, value: more, unit: '', goal: '0', met: more === 0 },
    {
      what: `resident set more after ${what}, of ${before.toFixed(0)} MiB`,
      value: grown,
      unit: 'MiB',
      goal: `at most ${FLAT_MIB}`,
      met: grown <= FLAT_MIB,
    },
  ];
}
