import '../../lib/native/backend';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, DecoderState, Weights } from '../../lib/captioners/captioner';
import { initializeWeights } from '../../lib/captioners/initialize';
import { decodingOptions } from '../../lib/decoding/options';
import { END, PAD, START, Tokenizer } from '../../lib/tokenizer';
import { loadModel, saveModel } from '../../lib/model/saved-model';
import { nativeTensorCount } from '../../lib/native/backend';
import { compile } from '../../lib/native/graph/compile';
import { useKernels } from '../../lib/ops/kernels';
import { Dropout } from '../../lib/ops/layers';
import { captionLoss } from '../../lib/ops/loss';
import { plainKernels } from '../../lib/ops/plain-kernels';
import { initialOptimizerState, ratesAsTensors, stepRates } from '../../lib/training/optimizer';
import { trainingStep } from '../../lib/training/step';
import { decodeOnce } from '../helpers/decode';
import { assertClose, finiteDifference } from '../helpers/numeric';
import {
  captionerOf,
  everyCaptioner,
  randomFeatures,
  randomWeights,
  tinyInputs,
} from '../helpers/tiny-captioner';

const IMAGES = 2;

const idsOf = (rows: number[][]) => tf.tensor2d(rows, undefined, 'int32');
const dropout = (rate: number, seed = 1) => new Dropout(rate, tf.tensor1d([seed, 0], 'int32'));
const largest = (x: tf.Tensor) => tf.max(tf.abs(x)).dataSync()[0];
const apart = (a: tf.Tensor, b: tf.Tensor) => largest(tf.sub(a, b));

/** Log-probabilities of the token after each prefix of a caption of one image, with teacher forcing. */
function teacherForced(captioner: Captioner, weights: Weights, image: number, tokens: number[]): tf.Tensor {
  const features = tf.slice(randomFeatures(IMAGES), image, 1);
  return tf.squeeze(tf.logSoftmax(captioner.forward(weights, features, idsOf([tokens])).logits), [0]);
}

for (const [variant, options] of Object.entries(everyCaptioner)) {
  describe(`captioner: ${variant}`, () => {
    const captioner = captionerOf(options);
    const weights = randomWeights(captioner.specs);

    it('does not depend on the tokens after a prefix', () => {
      const caption = [START, 5, 9, 4, 12, 7];
      const { logits } = captioner.forward(weights, randomFeatures(1), idsOf([caption])); // [1, steps, vocabSize]
      for (let t = 0; t + 1 < caption.length; t++) {
        const changed = caption.map((token, i) => (i > t ? 4 + ((token + 3) % 9) : token));
        const { logits: others } = captioner.forward(weights, randomFeatures(1), idsOf([changed]));
        assertClose(tf.slice(others, [0, 0], [1, t + 1]), tf.slice(logits, [0, 0], [1, t + 1]), 0);
        const [later, before] = [others, logits].map((x) => tf.slice(x, [0, t + 1], [1, 1]));
        assert.ok(apart(later, before) > 1e-3, 'it depends on the tokens of a prefix');
      }
    });

    it('depends on the image and on every earlier token', () => {
      const caption = [START, 5, 9, 4];
      const last = (features: tf.Tensor3D, tokens: number[]) =>
        tf.slice(captioner.forward(weights, features, idsOf([tokens])).logits, [0, 3], [1, 1]);
      const base = last(randomFeatures(1), caption);
      assert.ok(apart(last(randomFeatures(1, 2), caption), base) > 1e-3, 'the image');
      for (let t = 0; t < 4; t++) {
        const changed = caption.map((token, i) => (i === t ? 11 : token));
        assert.ok(apart(last(randomFeatures(1), changed), base) > 1e-3, `token ${t}`);
      }
    });

    it('does not depend on other captions, while training neither', () => {
      const captions = [
        [START, 5, 9],
        [START, 4, 12],
        [START, 7, 6],
        [START, 8, 4],
      ];
      for (const training of [false, true]) {
        const run = (rows: number[][]) =>
          captioner.forward(weights, randomFeatures(2), idsOf(rows), training ? dropout(0) : undefined)
            .logits;
        const all = run(captions);
        captions.forEach((own, row) => {
          const changed = run(captions.map((tokens, i) => (i === row ? own : tokens.map(() => 11))));
          assertClose(tf.slice(changed, row, 1), tf.slice(all, row, 1), 1e-6);
        });
      }
    });

    it('gives captions side by side the output of each with its own image', () => {
      const captions = Array.from({ length: 6 }, (_, i) => [START, 4 + i, 12 - i]);
      const { logits, attention } = captioner.forward(weights, randomFeatures(2), idsOf(captions));
      captions.forEach((tokens, row) => {
        const own = tf.slice(randomFeatures(2), Math.floor(row / 3), 1);
        const alone = captioner.forward(weights, own, idsOf([tokens]));
        assertClose(tf.slice(logits, row, 1), alone.logits, 1e-5);
        if (attention) assertClose(tf.slice(attention, row, 1), alone.attention!, 1e-5);
      });
      if (attention) assertClose(tf.sum(attention, 2), tf.ones([6, 3]), 1e-5);
    });

    for (const beams of [1, 3]) {
      it(`decodes step by step with the teacher-forced log-probabilities, ${beams} beam(s)`, () => {
        let captions = Array.from({ length: IMAGES * beams }, (): number[] => []); // image by image
        let state: DecoderState = captioner.initialState(weights, randomFeatures(IMAGES), beams);
        for (let t = 0; t < 5; t++) {
          captions = captions.map((tokens, i) => [...tokens, t === 0 ? START : 4 + ((5 * t + 2 * i) % 9)]);
          const last = Array.from({ length: IMAGES }, (_, image) =>
            captions.slice(image * beams, (image + 1) * beams).map((tokens) => tokens[t]),
          );
          const step = captioner.step(weights, state, idsOf(last));
          const probabilities = tf.reshape(tf.logSoftmax(step.logits), [
            IMAGES * beams,
            tinyInputs.vocabSize,
          ]);
          captions.forEach((tokens, i) => {
            const expected = teacherForced(captioner, weights, Math.floor(i / beams), tokens);
            assertClose(tf.slice(probabilities, i, 1), tf.slice(expected, t, 1), 1e-5);
          });
          assertClose(tf.sum(step.attention, 2), tf.ones([IMAGES, beams]), 1e-5);
          const parents = Array.from({ length: IMAGES }, (_, image) =>
            Array.from({ length: beams }, (_unused, beam) => (beam * 2 + image + t) % beams),
          );
          state = captioner.reorder(step.state, idsOf(parents));
          captions = parents.flatMap((row, image) => row.map((parent) => captions[image * beams + parent]));
        }
      });
    }

    it('generates captions whose log-probabilities are the teacher-forced ones', async () => {
      const decoding = decodingOptions.parse({ maxLength: 8, noRepeatNgram: 0 });
      for (const method of ['beam', 'greedy', 'sample'] as const) {
        const captions = await decodeOnce(captioner, weights, randomFeatures(IMAGES), {
          ...decoding,
          method,
        });
        captions.forEach(({ tokens, logProbabilities }, image) => {
          const all = teacherForced(captioner, weights, image, [START, ...tokens]).arraySync() as number[][];
          const next = [...tokens, END].slice(0, logProbabilities.length);
          next.forEach((token, t) => assert.ok(Math.abs(all[t][token] - logProbabilities[t]) < 1e-5));
        });
      }
    });

    it('has the gradients of finite differences by every trainable weight', () => {
      const names = Object.keys(captioner.specs).filter((name) => captioner.specs[name].trainable !== false);
      const tensors = names.map((name) => weights[name]);
      const tokens = [
        [START, 5, 9, 4],
        [START, 11, 5, 0],
        [START, 6, 8, 7],
        [START, 12, 5, 9],
      ];
      const next = tokens.flatMap((row) => [...row.slice(1), END]);
      // Rows by two and two of an image; one position does not count.
      const counted = tf.tensor1d(next.map((_, i) => (i === 7 ? 0 : 1)));
      const loss = (...t: tf.Tensor[]) => {
        const all = { ...weights, ...Object.fromEntries(names.map((name, i) => [name, t[i]])) };
        const { logits, attention } = captioner.forward(all, randomFeatures(2), idsOf(tokens), dropout(0));
        const flat = tf.reshape<tf.Rank.R2>(logits, [-1, tinyInputs.vocabSize]);
        const ofWords = captionLoss(flat, tf.tensor1d(next, 'int32'), counted, 0.1);
        if (!attention) return ofWords;
        // A penalty on attention needs its gradient too.
        const wanted = tf.randomUniform(attention.shape, 0, 1, 'float32', 3);
        return tf.add(ofWords, tf.mean(tf.square(tf.sub(attention, wanted)))) as tf.Scalar;
      };
      const compiled = compile((t: tf.Tensor[]) => loss(...t));
      const gradients = tf.grads(loss)(tensors);
      names.forEach((name, which) => {
        const values = gradients[which].dataSync<'float32'>();
        for (const { index, slope } of finiteDifference((...t) => compiled(t), tensors, which, 5, 2e-3)) {
          const difference = Math.abs(values[index] - slope);
          assert.ok(
            difference <= 5e-4 + 0.02 * Math.abs(slope),
            `${name}[${index}]: ${values[index]}, slope ${slope}`,
          );
        }
      });
      compiled.dispose();
    });

    it('gives the same on plain kernels and compiled', () => {
      const tokens = idsOf([
        [START, 5, 9],
        [START, 4, 12],
      ]);
      const logits = (w: Weights) => captioner.forward(w, randomFeatures(1), tokens, dropout(0)).logits;
      const native = logits(weights);
      const previous = useKernels(plainKernels)!;
      const plain = logits(weights);
      useKernels(previous);
      assertClose(plain, native, 1e-5);
      const compiled = compile(logits);
      assertClose(compiled(weights), native, 1e-5);
      compiled.dispose();
    });

    it('drops values while training alone, others for another seed', () => {
      const tokens = idsOf([[START, 5, 9]]);
      const logits = (drop?: Dropout) => captioner.forward(weights, randomFeatures(1), tokens, drop).logits;
      assertClose(logits(), logits(), 0);
      assertClose(logits(dropout(0.5, 1)), logits(dropout(0.5, 1)), 0);
      assert.ok(apart(logits(dropout(0.5, 1)), logits(dropout(0.5, 2))) > 1e-3);
      assert.ok(apart(logits(dropout(0.5, 1)), logits(dropout(0))) > 1e-3);
    });

    it('learns a caption of each image, each token at its position', async () => {
      const captions = [
        [4, 5, 6, 7, 8],
        [9, 6, 10],
      ];
      const read = [
        [START, 4, 5, 6, 7, 8],
        [START, 9, 6, 10, PAD, PAD],
      ];
      const wanted = [
        [4, 5, 6, 7, 8, END],
        [9, 6, 10, END, PAD, PAD],
      ];
      const counted = wanted.map((row) => row.map((token) => (token === PAD ? 0 : 1)));
      const batch = {
        features: randomFeatures(2),
        tokens: idsOf(read),
        targets: idsOf(wanted),
        lossWeights: tf.tensor2d(counted),
      };
      const options = { clipNorm: 1, labelSmoothing: 0, weightDecay: 0, emaDecay: 0, dropout: 0 };
      const step = compile(trainingStep(captioner, options));
      let state = initialOptimizerState(initializeWeights(captioner.specs, 1), options);
      let loss = Infinity;
      // Moving averages take their time, however soon the loss is low.
      for (let i = 0; i < 250 && (loss > 0.03 || captioner.updateStatistics); i++) {
        const rates = ratesAsTensors(stepRates({ learningRate: 0.02, step: i, emaDecay: 0 }));
        const after = step({ state, batch: { ...batch, seed: tf.tensor1d([1, i], 'int32'), rates } });
        loss = after.loss.dataSync()[0];
        tf.dispose([after.loss, after.norm, rates, state]);
        state = after.state;
      }
      step.dispose();
      assert.ok(loss < 0.1, `loss ${loss}`);
      const decoding = decodingOptions.parse({ method: 'greedy', maxLength: 8 });
      const generated = await decodeOnce(captioner, state.weights, randomFeatures(2), decoding);
      assert.deepEqual(
        generated.map(({ tokens }) => tokens),
        captions,
      );
    });

    it('is saved and loaded', () => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'captioner-'));
      const tokenizer = Tokenizer.fit(['a b c d e f g h i'], {
        minFrequency: 1,
        maxVocabSize: tinyInputs.vocabSize,
      });
      const encoder = {
        name: 'inception-v3' as const,
        endPoint: 'mixed8',
        weightsHash: '',
        grid: [1, 3] as [number, number],
        precision: 'float32' as const,
        reason: 'a test',
      };
      const record = { captioner: options, inputs: tinyInputs, encoder, training: {}, scores: {} };
      saveModel(folder, { ...record, tokenizer: tokenizer.toJSON() }, weights, 'float');
      const loaded = loadModel(folder);
      fs.rmSync(folder, { recursive: true });
      const tokens = idsOf([[START, 5, 9, 4]]);
      const [before, after] = [
        captioner.forward(weights, randomFeatures(1), tokens).logits,
        loaded.captioner.forward(loaded.weights, randomFeatures(1), tokens).logits,
      ];
      assertClose(after, before, 0);
    });

    it('leaves no tensors behind when it generates captions', async () => {
      const features = randomFeatures(IMAGES);
      const decoding = decodingOptions.parse({ maxLength: 5 });
      const run = () => decodeOnce(captioner, weights, features, decoding);
      await run();
      const before = nativeTensorCount();
      await run();
      assert.equal(nativeTensorCount(), before);
    });
  });
}
