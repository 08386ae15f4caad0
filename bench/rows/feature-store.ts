import fs from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { FeatureStore, type FeatureRecord } from '../../lib/vision/features/store';
import { Random } from '../../lib/random';
import { eventLoopTurn } from '../../lib/progress/stop';
import { kernels } from '../../lib/ops/kernels';
import { resolvePrecision } from '../../lib/native/precision';
import { beside, race, timed } from '../race';
import { NotMeasurable, type Contender, type Context, type Outcome, type Row } from '../row';
import { OurTraining, trainingTask } from '../training';

const GIB = 2 ** 30;

/** Images that are written at once. */
const IMAGES_PER_BATCH = 500;

/** Batches that are read in a round. */
const BATCHES = 10;

export const featureStoreRow: Row = {
  name: 'feature-store',
  what: "a feature store of COCO's size (118,000 images), batches at random, beside the fastest training step",
  run: raceStore,
};

async function raceStore({ sizes, folder, rounds }: Context): Promise<Outcome> {
  const { stored, regions, channels, captions } = sizes;
  const bytes = stored * regions * channels * 2; // halves
  const { bavail, bsize } = fs.statfsSync(folder);
  if (bavail * bsize < 1.2 * bytes) {
    throw new NotMeasurable(
      `the store takes ${gib(bytes)} GiB and the disk has ${gib(bavail * bsize)} GiB free.`,
    );
  }
  const precision = resolvePrecision('auto');
  const before = process.memoryUsage.rss();
  const writing = await timed(() => fill(path.join(folder, 'store'), sizes));
  const store = new FeatureStore(path.join(folder, 'store'), regions, channels);
  const random = new Random(1, 'batches');
  let highest = 0;
  const reading: Contender = {
    name: 'store',
    round: () =>
      timed(async () => {
        for (let i = 0; i < BATCHES; i++) {
          const batch = await store.read(Array.from({ length: captions }, () => String(random.int(stored))));
          batch.dispose();
          highest = Math.max(highest, process.memoryUsage.rss());
        }
      }),
  };
  // The row of the memory alone: a training step would add its own.
  for (let i = 0; i < rounds; i++) await reading.round();
  const more = (highest - before) / GIB;
  const task = trainingTask('show-and-tell', sizes);
  const training = new OurTraining(task, precision, BATCHES);
  try {
    const measures = await race([reading, training], rounds, BATCHES);
    measures[1].name = `step of show-and-tell, ${precision}`;
    return {
      unit: 'batches/s',
      measures,
      comparisons: [beside(measures[0], measures[1], { speedAtLeast: 1 })],
      figures: [
        {
          what: 'resident set more with the store',
          value: more,
          unit: 'GiB',
          goal: 'under 2',
          met: more < 2,
        },
        { what: 'resident set in all, with what earlier rows left', value: highest / GIB, unit: 'GiB' },
      ],
      notes: [
        `${stored} images of ${regions} x ${channels} halves, ${gib(bytes)} GiB, written at ` +
          `${(bytes / writing / 2 ** 20).toFixed(0)} MiB/s; batches of ${captions} images at random`,
      ],
    };
  } finally {
    store.close();
    training.close();
    tf.dispose([task.weights, task.batch]);
  }
}

/** Writes random features: a few records again and again, since making new ones takes longer than storing them. */
async function fill(folder: string, { stored, regions, channels }: Context['sizes']): Promise<void> {
  const store = new FeatureStore(folder, regions, channels);
  const values = [1, 2, 3, 4].map((seed) => {
    const tensor = tf.randomUniform([regions, channels], 0, 1, 'float32', seed);
    const halves = kernels().toFloat16(tensor);
    tensor.dispose();
    return halves;
  });
  const fingerprint = { size: 0, time: 0, sha1: '0'.repeat(40) };
  for (let at = 0; at < stored; at += IMAGES_PER_BATCH) {
    const records = Array.from({ length: Math.min(IMAGES_PER_BATCH, stored - at) }, (_, i): FeatureRecord => {
      return { id: String(at + i), fingerprint, features: values[i % values.length] };
    });
    store.append(records);
    await eventLoopTurn(); // Ctrl-C comes through
  }
  store.close();
}

function gib(bytes: number): string {
  return (bytes / GIB).toFixed(1);
}
