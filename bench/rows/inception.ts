import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { compiledEncoder, EncoderAlone } from '../encoding';
import { Peer, startPeers, type PeerTask } from '../peer';
import { beside, closeAll, race } from '../race';
import type { Comparison, Context, Contender, Measure, Outcome, Row } from '../row';
import { prefixed, type Precision } from '../training';
import { randomInception } from '../weights';

const ONNX = 'onnxruntime, float32';

const tolerance: Record<Precision, number> = { float32: 1e-3, bfloat16: 3e-2 };

/** InceptionV3 without its head on ready pictures, in each precision. */
export const inceptionRows: Row[] = (['float32', 'bfloat16'] as const).map((precision) => ({
  name: `inception-${precision}`,
  what: `InceptionV3, ${precision}`,
  run: (context) => raceInception(precision, context),
}));

async function raceInception(
  precision: Precision,
  { sizes, peers, folder, rounds }: Context,
): Promise<Outcome> {
  const { encoder, arrays } = randomInception();
  const network = compiledEncoder(encoder, precision);
  const { channels } = encoder;
  const { height, width } = encoder.input;
  const pixels = tf.floor(
    tf.randomUniform<tf.Rank.R4>([sizes.images, height, width, 3], 0, 256, 'float32', 1),
  );
  const weights = Object.fromEntries(
    [...arrays].map(([name, { shape, values }]) => [name, tf.tensor(values, shape)]),
  );
  const ours = new EncoderAlone('this project', network, pixels);
  const contenders: Contender[] = [ours];
  try {
    const expected = channelMeans(await ours.features(), channels);
    const asked = (module: string): PeerTask => ({
      module,
      task: { precision, layers: path.join(folder, 'layers.json') },
      arrays: { ...prefixed('weights/', weights), pixels },
    });
    const kerasName = precision === 'bfloat16' ? 'Keras, mixed_bfloat16' : 'Keras';
    const start = (name: string, python: string, module: string) => () =>
      Peer.start(name, python, path.join(folder, module), asked(module));
    const { keras, others } = peers;
    const starts = [
      start(kerasName, keras, 'keras_inception'),
      ...(others ? [start(ONNX, others, 'onnx_inception')] : []),
    ];
    const notes = await startPeers(starts, expected, tolerance[precision], contenders);
    const measures = await race(contenders, rounds, sizes.images);
    if (!others) notes.push('without onnxruntime, which the goal is about: add --peers');
    return { unit: 'images/s', measures, comparisons: comparisons(measures, precision), notes };
  } finally {
    closeAll(contenders);
    network.dispose();
    encoder.dispose();
    tf.dispose([weights, pixels]);
  }
}

/** The goal is about onnxruntime in float32. */
function comparisons([ours, ...others]: Measure[], precision: Precision): Comparison[] {
  const onnx = others.find(({ name }) => name === ONNX);
  return onnx ? [beside(ours, onnx, { speedAtLeast: precision === 'bfloat16' ? 1.8 : 1 })] : [];
}

/** The means of the first channels of features [images * regions * channels]. */
function channelMeans(values: Float32Array, channels: number): number[] {
  const places = values.length / channels;
  return Array.from({ length: 16 }, (_, channel) => {
    let sum = 0;
    for (let i = channel; i < values.length; i += channels) sum += values[i];
    return sum / places;
  });
}
