import * as tf from '@tensorflow/tfjs-core';
import { convolutionalEncoder } from './convolutional-encoder';
import type { LayerWeights } from './definition';
import { FoldedConvolutions } from './folded-convolutions';
import {
  add,
  convolution,
  depthwiseConvolution,
  identity,
  sequence,
  type Layer,
  type LayerBuilder,
  type Size,
} from './layers';

/*
 * SSDLite on MobileNetV2 (Sandler et al. 2018, "MobileNetV2: Inverted Residuals and Linear Bottlenecks"), the object
 * detector of TensorFlow's model zoo that was trained on COCO (ssdlite_mobilenet_v2_coco_2018_05_09). Of its two
 * answers, which objects and their exact boxes, the first is used: a captioner wants to know what is where, roughly.
 * So the features of a region are those at the top of the network, and how sure the detector is of each of the 80
 * categories there (bottom-up attention without boxes; Anderson et al. 2018).
 */

/** COCO's categories in the order of their numbers; set-up leaves out the background and the numbers that have none. */
const CATEGORIES = 80;
/** Probabilities are small beside the network's features, which go up to 6: so many times they are of the same size. */
const SCORE_SCALE = 4;

/** Stages of MobileNetV2: channels, stride of the first block, number of blocks. */
const stages = [
  { channels: 16, stride: 1, repeats: 1 },
  { channels: 24, stride: 2, repeats: 2 },
  { channels: 32, stride: 2, repeats: 3 },
  { channels: 64, stride: 2, repeats: 4 },
  { channels: 96, stride: 1, repeats: 3 },
  { channels: 160, stride: 2, repeats: 3 },
  { channels: 320, stride: 1, repeats: 1 },
];
const blocks = stages.flatMap(({ channels, stride, repeats }) =>
  Array.from({ length: repeats }, (_, i) => ({ channels, stride: i === 0 ? stride : 1 })),
);
/** The block in whose middle, at its widest, the first predictor reads. */
const SPLIT = 13;
const TOP_CHANNELS = 1280;

/** The pairs of layers behind the network, each of which halves the grid: channels of the first and of the second. */
const extras: [number, number][] = [
  [256, 512],
  [128, 256],
  [128, 256],
  [64, 128],
];
/** Boxes that a predictor judges at each place of its grid: of the first predictor, and of the others. */
const ANCHORS = { first: 3, other: 6 };

const TITLE = 'SSDLite MobileNetV2';

/** The detector with the end points 'block0' to 'block12' and 'objects' (10x10x1360). */
export const ssdliteMobileNetV2 = convolutionalEncoder({
  name: 'ssdlite-mobilenet-v2',
  title: TITLE,
  input: { height: 300, width: 300 },
  normalization: { divisor: 127.5, mean: 1 },
  weights: { file: 'ssdlite-mobilenet-v2.safetensors', source: 'set-up' },
  objects: { scale: SCORE_SCALE },
  blocks: [
    [
      'block0',
      sequence(
        convolution(32, { name: 'Conv', size: [3, 3], stride: 2, activation: 'relu6' }),
        invertedBottleneck(0),
      ),
    ],
    ...range(1, SPLIT - 1).map((i): [string, LayerBuilder] => [`block${i}`, invertedBottleneck(i)]),
    ['objects', detector],
  ],
  reader: (arrays, source) =>
    new FoldedConvolutions(arrays, {
      source,
      remedy: `they are not the weights of ${TITLE} that set-up makes`,
    }),
});

/**
 * From [19, 19, 96] to [10, 10, 1280 + 80]: the top of the network, and behind it for each category the best
 * probability there among all predictors, times SCORE_SCALE.
 */
function detector(input: Size): Layer {
  const wide = expand(SPLIT)(input); // [19, 19, 576]
  const top = sequence(
    narrow(SPLIT),
    ...range(SPLIT + 1, blocks.length - 1).map(invertedBottleneck),
    pointwise('Conv_1', TOP_CHANNELS),
  )(wide.size); // [10, 10, 1280]
  // each reads the output of the one before, and a predictor reads that of each
  const levels = [wide, top];
  for (const [i, channels] of extras.entries()) levels.push(extraPair(i + 2, channels)(levels[i + 1].size));
  const predictors = levels.map(({ size }, level) => predictor(level)(size));
  const { rows, columns, channels } = top.size;
  return {
    size: { rows, columns, channels: channels + CATEGORIES },
    convolutions: [...levels, ...predictors].flatMap((layer) => layer.convolutions),
    run: (x, weights) =>
      tf.tidy(() => {
        const maps: tf.Tensor4D[] = [];
        for (const level of levels) maps.push(level.run(maps.at(-1) ?? x, weights));
        const scores = maps.map((map, level) => onGrid(scoresOf(predictors[level], map, weights), rows));
        const best = scores.reduce((a, b) => tf.maximum<tf.Tensor4D>(a, b)); // [batch, 10, 10, 80]
        return tf.concat([maps[1], tf.mul<tf.Tensor4D>(best, SCORE_SCALE)], 3);
      }),
  };
}

/** The best probability of each category among the anchors of a place: [batch, rows, columns, 80]. */
function scoresOf(predict: Layer, map: tf.Tensor4D, weights: LayerWeights): tf.Tensor4D {
  const logits = predict.run(map, weights);
  const [batch, rows, columns, channels] = logits.shape;
  const anchors = tf.reshape(logits, [batch * rows * columns, channels / CATEGORIES, CATEGORIES]);
  return tf.reshape(tf.sigmoid(tf.max(anchors, 1)), [batch, rows, columns, CATEGORIES]);
}

/** Scores on a square grid: those of a coarser one repeated, of one twice as fine the best in each place. */
function onGrid(scores: tf.Tensor4D, side: number): tf.Tensor4D {
  const rows = scores.shape[1];
  if (rows === side) return scores;
  if (rows > side) return tf.maxPool(scores, 2, 2, 'same'); // 19 to 10
  return tf.image.resizeNearestNeighbor(scores, [side, side]);
}

/** Logits of the categories for each anchor, anchor by anchor: [rows, columns, anchors * 80]. */
function predictor(level: number): LayerBuilder {
  const name = `BoxPredictor_${level}/ClassPredictor`;
  const anchors = level === 0 ? ANCHORS.first : ANCHORS.other;
  return sequence(depthwise(`${name}_depthwise`, 1), pointwise(name, anchors * CATEGORIES, 'linear'));
}

/** A 1x1 convolution and one that halves the grid. */
function extraPair(number: number, [between, channels]: [number, number]): LayerBuilder {
  const second = `layer_19_2_Conv2d_${number}_3x3_s2_${channels}`;
  return sequence(
    pointwise(`layer_19_1_Conv2d_${number}_1x1_${between}`, between),
    depthwise(`${second}_depthwise`, 2),
    pointwise(second, channels),
  );
}

/** 1x1 convolution that widens, depthwise convolution, 1x1 convolution that narrows. */
function invertedBottleneck(index: number): LayerBuilder {
  return (input) => {
    const body = index === 0 ? narrow(0) : sequence(expand(index), narrow(index));
    const { channels, stride } = blocks[index];
    return (stride === 1 && input.channels === channels ? add([identity, body]) : body)(input);
  };
}

function expand(index: number): LayerBuilder {
  return (input) => pointwise(`expanded_conv_${index}/expand`, 6 * input.channels)(input);
}

function narrow(index: number): LayerBuilder {
  const name = index === 0 ? 'expanded_conv' : `expanded_conv_${index}`;
  const { channels, stride } = blocks[index];
  return sequence(depthwise(`${name}/depthwise`, stride), pointwise(`${name}/project`, channels, 'linear'));
}

function pointwise(name: string, channels: number, activation: 'relu6' | 'linear' = 'relu6'): LayerBuilder {
  return convolution(channels, { name, size: [1, 1], activation });
}

function depthwise(name: string, stride: number): LayerBuilder {
  return depthwiseConvolution({ name, size: [3, 3], stride, activation: 'relu6' });
}

/** The integers from the first to the last. */
function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
