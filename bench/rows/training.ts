import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { captionerNames, type CaptionerName } from '../../lib/captioners/registry';
import { Peer, startPeers, type PeerTask } from '../peer';
import { closeAll, compare, race } from '../race';
import type { Contender, Context, Outcome, Row } from '../row';
import {
  OurTraining,
  prefixed,
  training,
  trainingTask,
  type Precision,
  type TrainingTask,
} from '../training';

/** Losses that agree so far, relatively, come from the same arithmetic. */
const tolerance: Record<Precision, number> = { float32: 1e-3, bfloat16: 3e-2 };

/** Each captioner in each precision. */
export function trainingRows(): Row[] {
  return captionerNames().flatMap((model) =>
    (['float32', 'bfloat16'] as const).map((precision) => ({
      name: `train-${model}-${precision}`,
      what: `training step of ${model}, ${precision}`,
      run: (context: Context) => raceTraining(model, precision, context),
    })),
  );
}

async function raceTraining(model: CaptionerName, precision: Precision, context: Context): Promise<Outcome> {
  const { sizes, rounds } = context;
  const task = trainingTask(model, sizes);
  const ours = new OurTraining(task, precision, sizes.stepsInRound);
  const contenders: Contender[] = [ours];
  try {
    const losses = await ours.check();
    const starts = trainingPeers(model, precision, task, context);
    const missing = await startPeers(starts, losses, tolerance[precision], contenders);
    const measures = await race(contenders, rounds, sizes.captions * sizes.stepsInRound);
    const first = losses.map((loss) => loss.toFixed(4)).join(', ');
    const notes = [...missing, `losses of the first steps without dropout, the same for all: ${first}`];
    if (!context.peers.others) notes.push('without PyTorch: add --peers');
    const comparisons = measures.length > 1 ? [compare(measures, { speedAtLeast: 1.5 })] : [];
    return { unit: 'captions/s', measures, comparisons, notes };
  } finally {
    closeAll(contenders);
    tf.dispose([task.weights, task.batch]);
  }
}

/** Starts each peer that trains this captioner too. */
export function trainingPeers(
  model: CaptionerName,
  precision: Precision,
  { dropout, weights, batch }: TrainingTask,
  { sizes, peers, folder }: Pick<Context, 'sizes' | 'peers' | 'folder'>,
): (() => Promise<Peer>)[] {
  const lower = precision === 'bfloat16';
  const peerTask = (module: string): PeerTask => ({
    module,
    task: {
      captioner: sizes.captionerOptions(model),
      precision,
      training,
      dropout,
      steps: sizes.stepsInRound,
    },
    arrays: { ...prefixed('weights/', weights), ...prefixed('batch/', batch) },
  });
  const start = (name: string, python: string, module: string) => () =>
    Peer.start(name, python, path.join(folder, module), peerTask(module));
  const { keras, others } = peers;
  return [
    start(lower ? 'Keras, mixed_bfloat16' : 'Keras', keras, 'keras_training'),
    ...(others ? [start(lower ? 'PyTorch, autocast' : 'PyTorch', others, 'torch_training')] : []),
  ];
}
