import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { assertSame, Peer } from '../peer';
import { closeAll, compare, race } from '../race';
import type { Context, Outcome, Row } from '../row';
import { OurTraining, prefixed, training, trainingTask } from '../training';

/** All prefixes of a caption in one step, beside one prefix a sample. */
export const authorRow: Row = {
  name: 'author',
  what: "cross-attention beside its author's way (one prefix a sample, padded, Keras), float32",
  run: raceAuthor,
};

async function raceAuthor({ sizes, peers, folder, rounds }: Context): Promise<Outcome> {
  const model = 'cross-attention';
  const task = trainingTask(model, sizes);
  const ours = new OurTraining(task, 'float32', 1);
  const contenders: (OurTraining | Peer)[] = [ours];
  try {
    const [loss] = await ours.check();
    const peer = await Peer.start("Keras, the author's way", peers.keras, path.join(folder, 'keras'), {
      module: 'keras_author',
      task: { captioner: sizes.captionerOptions(model), training, dropout: task.dropout },
      arrays: { ...prefixed('weights/', task.weights), ...prefixed('batch/', task.batch) },
    });
    contenders.push(peer);
    assertSame(peer.name, await peer.check(), [loss], 1e-3);
    const measures = await race(contenders, rounds, sizes.captions);
    return {
      unit: 'captions/s',
      measures,
      comparisons: [compare(measures, { speedAtLeast: 10 })],
      notes: [`mean loss of all prefixes without dropout, the same for both: ${loss.toFixed(4)}`],
    };
  } finally {
    closeAll(contenders);
    tf.dispose([task.weights, task.batch]);
  }
}
