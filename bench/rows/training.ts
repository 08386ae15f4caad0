import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { captionerNames, type CaptionerName } from '../../lib/config/captioner-options';
import { assertSame, Peer, type PeerTask } from '../peer';
import { closeAll, compare, race } from '../race';
import type { Context, Outcome, Row } from '../row';
import { OurTraining, prefixed, training, trainingTask, type Precision } from '../training';

/** Losses that agree so far, relatively, come from the same arithmetic. */
const tolerance: Record<Precision, number> = { float32: 1e-3, bfloat16: 3e-2 };

/** Each captioner in each precision. */
export const trainingRows: Row[] = captionerNames.flatMap((model) =>
  (['float32', 'bfloat16'] as const).map((precision) => ({
    name: `train-${model}-${precision}`,
    what: `training step of ${model}, ${precision}`,
    run: (context) => raceTraining(model, precision, context),
  })),
);

async function raceTraining(model: CaptionerName, precision: Precision, context: Context): Promise<Outcome> {
  const { sizes, peers, folder, rounds } = context;
  const task = trainingTask(model, sizes);
  const ours = new OurTraining(task, precision, sizes.stepsInRound);
  const contenders: (OurTraining | Peer)[] = [ours];
  try {
    const losses = await ours.check();
    const asked = (module: string): PeerTask => ({
      module,
      task: {
        captioner: sizes.captioners[model],
        precision,
        training,
        dropout: task.dropout,
        steps: sizes.stepsInRound,
      },
      arrays: { ...prefixed('weights/', task.weights), ...prefixed('batch/', task.batch) },
    });
    const kerasName = precision === 'bfloat16' ? 'Keras, mixed_bfloat16' : 'Keras';
    contenders.push(
      await Peer.start(kerasName, peers.keras, path.join(folder, 'keras'), asked('keras_training')),
    );
    if (peers.others) {
      const name = precision === 'bfloat16' ? 'PyTorch, autocast' : 'PyTorch';
      contenders.push(
        await Peer.start(name, peers.others, path.join(folder, 'torch'), asked('torch_training')),
      );
    }
    for (const peer of contenders) {
      if (peer instanceof Peer) assertSame(peer.name, await peer.check(), losses, tolerance[precision]);
    }
    const measures = await race(contenders, rounds, sizes.captions * sizes.stepsInRound);
    const notes = [
      `losses of the first steps without dropout, the same for all: ${losses.map((x) => x.toFixed(4)).join(', ')}`,
    ];
    if (!peers.others) notes.push('without PyTorch: add --peers');
    return { unit: 'captions/s', measures, comparisons: [compare(measures, { speedAtLeast: 1.5 })], notes };
  } finally {
    closeAll(contenders);
    tf.dispose([task.weights, task.batch]);
  }
}
