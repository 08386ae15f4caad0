import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, DecoderState, Weights } from '../../lib/captioners/captioner';
import { crossAttention } from '../../lib/captioners/cross-attention';
import { initialise } from '../../lib/captioners/initialise';
import { crossAttentionOptions } from '../../lib/config/captioner-options';
import { decodingOptions } from '../../lib/config/options';
import { presets } from '../../lib/config/presets';
import { END, START } from '../../lib/data/tokenizer';
import { decodeCaptions } from '../../lib/decoding/decode';
import { nativeTensorCount } from '../../lib/native/backend';
import { compile } from '../../lib/native/graph/compile';
import { Dropout } from '../../lib/ops/layers';
import { useKernels } from '../../lib/ops/kernels';
import { plainKernels } from '../../lib/ops/plain-kernels';
import { batchLoss, named } from '../../lib/training/step';
import { assertClose, finiteDifference } from '../helpers/numeric';
import {
  randomFeatures,
  randomWeights,
  tinyCaptioner,
  tinyInputs,
  variants,
} from '../helpers/tiny-captioner';

const images = 2;

function idsOf(rows: number[][]): tf.Tensor2D {
  return tf.tensor2d(rows, undefined, 'int32');
}

/** Log-probabilities of the word after each prefix of a caption of one image, with teacher forcing. */
function teacherForced(captioner: Captioner, weights: Weights, image: number, words: number[]): tf.Tensor {
  const features = tf.slice(randomFeatures(images), image, 1);
  return tf.squeeze(tf.logSoftmax(captioner.forward(weights, features, idsOf([words])).logits), [0]);
}

for (const [variant, changes] of Object.entries(variants)) {
  describe(`captioner: ${variant}`, () => {
    const captioner = tinyCaptioner(changes);
    const weights = randomWeights(captioner.specs);

    it('does not see the words after a prefix', () => {
      const caption = [START, 5, 9, 4, 12, 7];
      const { logits } = captioner.forward(weights, randomFeatures(1), idsOf([caption])); // [1, steps, words]
      for (let t = 0; t + 1 < caption.length; t++) {
        const changed = caption.map((word, i) => (i > t ? 4 + ((word + 3) % 9) : word));
        const { logits: others } = captioner.forward(weights, randomFeatures(1), idsOf([changed]));
        assertClose(tf.slice(others, [0, 0], [1, t + 1]), tf.slice(logits, [0, 0], [1, t + 1]), 0);
        const later = tf.max(
          tf.abs(tf.sub(tf.slice(others, [0, t + 1], [1, 1]), tf.slice(logits, [0, t + 1], [1, 1]))),
        );
        assert.ok(later.dataSync<'float32'>()[0] > 1e-3, 'but it sees the words of a prefix');
      }
    });

    it('sees the picture and every word before', () => {
      const caption = [START, 5, 9, 4];
      const last = (features: tf.Tensor3D, words: number[]) =>
        tf.slice(captioner.forward(weights, features, idsOf([words])).logits, [0, 3], [1, 1]);
      const base = last(randomFeatures(1), caption);
      const others = [last(randomFeatures(1, 2), caption)];
      for (let t = 0; t < 4; t++)
        others.push(
          last(
            randomFeatures(1),
            caption.map((w, i) => (i === t ? 11 : w)),
          ),
        );
      for (const other of others) {
        assert.ok(tf.max(tf.abs(tf.sub(other, base))).dataSync<'float32'>()[0] > 1e-3);
      }
    });

    for (const beams of [1, 3]) {
      it(`step by step gives the teacher-forced log-probabilities, ${beams} beam(s)`, () => {
        let captions = Array.from({ length: images * beams }, (): number[] => []); // image by image
        let state: DecoderState = captioner.start(weights, randomFeatures(images), beams);
        for (let t = 0; t < 5; t++) {
          captions = captions.map((words, i) => [...words, t === 0 ? START : 4 + ((5 * t + 2 * i) % 9)]);
          const last = Array.from({ length: images }, (_, image) =>
            captions.slice(image * beams, (image + 1) * beams).map((words) => words[t]),
          );
          const step = captioner.step(weights, state, idsOf(last));
          const probabilities = tf.reshape(tf.logSoftmax(step.logits), [images * beams, tinyInputs.words]);
          captions.forEach((words, i) => {
            const expected = teacherForced(captioner, weights, Math.floor(i / beams), words);
            const [own, row] = [tf.slice(probabilities, i, 1), tf.slice(expected, t, 1)];
            assertClose(own, row, 1e-5);
          });
          assertClose(tf.sum(step.attention, 2), tf.ones([images, beams]), 1e-5);
          const parents = Array.from({ length: images }, (_, image) =>
            Array.from({ length: beams }, (_unused, beam) => (beam * 2 + image + t) % beams),
          );
          state = captioner.reorder(step.state, idsOf(parents));
          captions = parents.flatMap((row, image) => row.map((parent) => captions[image * beams + parent]));
        }
      });
    }

    it('writes captions whose log-probabilities are the teacher-forced ones', async () => {
      const decoding = decodingOptions.parse({ maxLength: 8, noRepeatNgram: 0 });
      for (const method of ['beam', 'greedy', 'sample'] as const) {
        const captions = await decodeCaptions(captioner, weights, randomFeatures(images), {
          ...decoding,
          method,
        });
        captions.forEach(({ words, logProbabilities }, image) => {
          const all = teacherForced(captioner, weights, image, [START, ...words]).arraySync() as number[][];
          const next = [...words, END].slice(0, logProbabilities.length);
          next.forEach((word, t) => assert.ok(Math.abs(all[t][word] - logProbabilities[t]) < 1e-5));
        });
      }
    });

    it('has the gradients of finite differences by every weight', () => {
      const names = Object.keys(captioner.specs);
      const tensors = Object.values(weights);
      const words = [
        [START, 5, 9, 4],
        [START, 11, 5, 0],
      ];
      const inputs = {
        features: randomFeatures(2),
        words: idsOf(words),
        targets: idsOf([
          [5, 9, 4, END],
          [11, 5, END, 0],
        ]),
        weights: tf.tensor2d([1, 1, 1, 1, 1, 1, 1, 0], [2, 4]),
      };
      const loss = (...t: tf.Tensor[]) => batchLoss(captioner, named(captioner, t), inputs, 0.1);
      const compiled = compile((...t) => [loss(...t)]);
      const gradients = tf.grads(loss)(tensors);
      names.forEach((name, which) => {
        const values = gradients[which].dataSync<'float32'>();
        for (const { index, slope } of finiteDifference((...t) => compiled(t)[0], tensors, which, 5, 2e-3)) {
          const difference = Math.abs(values[index] - slope);
          assert.ok(
            difference <= 5e-4 + 0.02 * Math.abs(slope),
            `${name}[${index}]: ${values[index]}, slope ${slope}`,
          );
        }
      });
      compiled.dispose();
    });

    it('gives the same on plain kernels', () => {
      const words = idsOf([[START, 5, 9]]);
      const native = captioner.forward(weights, randomFeatures(1), words).logits;
      const previous = useKernels(plainKernels)!;
      const plain = captioner.forward(weights, randomFeatures(1), words).logits;
      useKernels(previous);
      assertClose(plain, native, 1e-5);
    });

    it('leaves no tensors behind when it writes captions', async () => {
      const features = randomFeatures(images);
      const decoding = decodingOptions.parse({ maxLength: 5 });
      const run = () => decodeCaptions(captioner, weights, features, decoding);
      await run();
      const before = nativeTensorCount();
      await run();
      assert.equal(nativeTensorCount(), before);
    });
  });
}

describe('captioner', () => {
  it('drops values while training alone, others for another seed', () => {
    const captioner = tinyCaptioner();
    const weights = randomWeights(captioner.specs);
    const words = idsOf([[START, 5, 9]]);
    const logits = (seed?: number) => {
      const dropout = seed === undefined ? undefined : new Dropout(0.5, tf.tensor1d([seed, 0], 'int32'));
      return captioner.forward(weights, randomFeatures(1), words, dropout).logits.arraySync();
    };
    assert.deepEqual(logits(), logits());
    assert.deepEqual(logits(1), logits(1));
    assert.notDeepEqual(logits(1), logits(2));
    assert.notDeepEqual(logits(1), logits());
  });

  it('of preset seed has the 69 million parameters of its formula', () => {
    const [embedding, channels, words] = [300, 2048, 10_000];
    const units = [64, 128, 256, 512, 1024];
    const dense = (from: number, to: number) => from * to + to;
    const lstm = (from: number, u: number) => 4 * (from * u + u * u + u);
    let from = embedding;
    let text = 0;
    for (const u of units) {
      text += 2 * lstm(from, u);
      from = 2 * u;
    }
    // queries from 2 x 1024 states, keys and values from the quarters of the pooled vector, and back to 2048
    const attention = dense(2048, 512) + 2 * dense(channels / 4, 512) + dense(512, 2048);
    const expected = words * embedding + text + attention + dense(2 * 2048, words);
    assert.equal(expected, 69_079_504);

    const options = crossAttentionOptions.parse({
      model: 'cross-attention',
      ...presets.seed.sizes?.['cross-attention'],
    });
    const { specs } = crossAttention(options, { regions: 64, channels, words });
    const count = Object.values(specs).reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape), 0);
    assert.equal(count, expected);
  });
});

describe('starting weights', () => {
  const { specs } = tinyCaptioner({ lstmUnits: [6] });
  const start = (seed: number) => initialise(specs, seed);

  it('are the same for the same seed, others for another', () => {
    const [one, again, other] = [start(1), start(1), start(2)];
    for (const name of Object.keys(specs)) assertClose(one[name], again[name], 0);
    assert.notDeepEqual(one['embedding'].arraySync(), other['embedding'].arraySync());
  });

  it('are orthonormal rows where a state feeds back, and 1 at the forget gates', () => {
    const weights = start(1);
    const recurrent = weights['lstm0/forward/recurrent'] as tf.Tensor2D;
    assertClose(tf.matMul(recurrent, recurrent, false, true), tf.eye(6), 1e-5);
    const bias = [0, 1, 0, 0].flatMap((v) => new Array<number>(6).fill(v));
    assertClose(weights['lstm0/backward/bias'], tf.tensor1d(bias), 0);
  });

  it('stay within the limits of Glorot and Bengio', () => {
    const kernel = start(1)['block0/query/kernel'];
    const limit = Math.sqrt(6 / (kernel.shape[0] + (kernel.shape[1] as number)));
    const highest = tf.max(tf.abs(kernel)).dataSync<'float32'>()[0];
    assert.ok(highest <= limit && highest > 0.8 * limit);
  });
});
