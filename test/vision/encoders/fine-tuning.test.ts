import '../../../lib/native/backend';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { crossAttention } from '../../../lib/captioners/cross-attention';
import { encoderWeights, withFineTunedEncoder } from '../../../lib/captioners/fine-tuned';
import { configure } from '../../../lib/config/configuration';
import { convolutionalEncoder } from '../../../lib/vision/encoders/convolutional-encoder';
import { convolution } from '../../../lib/vision/encoders/layers';
import { fineTunedBlocks } from '../../../lib/vision/encoders/encoder';
import type { FeatureSource } from '../../../lib/vision/features/source';
import { generateCaption } from '../../../lib/generate-caption';
import { withoutErrors } from '../../helpers/captions';
import { nativeTensorCount } from '../../../lib/native/backend';
import { prepare, type Prepared } from '../../../lib/pipeline/prepare';
import { trainCaptioner, type TrainedModel } from '../../../lib/pipeline/train';
import type { TrainingTask } from '../../../lib/training/task';
import { train } from '../../../lib/training/trainer';
import { PROJECT_ROOT } from '../../../lib/project-root';
import { LITE0_WEIGHTS } from '../../helpers/lite0';
import { square } from '../../helpers/square';
import { assertClose } from '../../helpers/numeric';
import { tinyOptions } from '../../helpers/tiny-captioner';
import { tinyTask, VOCABULARY_SIZE } from '../../helpers/training-task';

/** A network of two 1x1 convolutions. */
const definition = convolutionalEncoder({
  name: 'two-convolutions',
  title: 'Two convolutions',
  input: square(1),
  normalization: {},
  weights: { file: 'none', source: 'user' },
  blocks: [
    ['below', convolution(3, { name: 'first', size: [1, 1], activation: 'relu' })],
    ['above', convolution(4, { name: 'second', size: [1, 1], activation: 'swish' })],
  ],
  reader: () => assert.fail('has no file'),
});

/** One region that tells apart two kinds of images. */
const features: FeatureSource = {
  regions: 1,
  channels: 3,
  read: (images) =>
    Promise.resolve(
      tf.tensor3d(
        images.flatMap((image) => new Array<number>(3).fill(image.startsWith('sun') ? 1 : -1)),
        [images.length, 1, 3],
      ),
    ),
};

describe('a captioner on an encoder whose weights are zeros', () => {
  const blocks = fineTunedBlocks(definition, 'below', 'above');
  const inner = crossAttention.create(tinyOptions({}), {
    regions: 1,
    channels: 4,
    vocabSize: VOCABULARY_SIZE,
  });
  /** Their output is the same for any image. */
  const constant = { 'second/kernel': tf.zeros(blocks.shapes['second/kernel']), 'second/bias': tf.ones([4]) };
  let folder = '';

  before(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fine-tuned-'))));
  after(() => {
    fs.rmSync(folder, { recursive: true });
    tf.dispose(constant);
  });

  /** The loss of the last epoch, with a share of the learning rate for the encoder. */
  async function lossAt(rate: number): Promise<number> {
    const changes: Partial<TrainingTask> = {
      captioner: withFineTunedEncoder(inner, blocks, rate),
      pretrained: encoderWeights(constant),
      features,
    };
    const options = { epochs: 30, patience: 30, learningRate: 0.02, labelSmoothing: 0, emaDecay: 0 };
    const task = tinyTask(path.join(folder, String(rate)), options, changes);
    const { record, weights } = await train(task);
    tf.dispose(weights);
    return record.epochs[record.epochs.length - 1].trainLoss;
  }

  it('guesses the first of five words, as long as the encoder is frozen', async () => {
    const loss = await lossAt(0);
    const guess = Math.log(2) / 5;
    assert.ok(loss > 0.95 * guess && loss < 1.5 * guess, `loss ${loss}, not a little above ${guess}`);
  });

  it('learns where the encoder is trained, and leaves no tensors behind', async () => {
    const before = nativeTensorCount();
    const loss = await lossAt(1);
    assert.ok(loss < 0.02, `loss ${loss}`);
    assert.equal(nativeTensorCount(), before);
  });
});

const BELOW = 'block14';
const KERNEL = 'encoder/_blocks.15._project_conv/kernel';

describe('fine-tuning of EfficientNet-Lite0', function () {
  this.timeout(120_000);
  let folder = '';
  let prepared: Prepared;
  let trained: TrainedModel;

  before(async function () {
    if (!LITE0_WEIGHTS) {
      console.log('      skipped: the weights of EfficientNet-Lite0 are not in models/');
      this.skip();
    }
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fine-tuning-'));
    process.chdir(folder);
    const configuration = configure({
      preset: 'tiny',
      encoder: { encoder: 'efficientnet-lite0', fineTuneFrom: BELOW, encoderBatchSize: 12 },
      training: { epochs: 2, encoderLearningRate: 1e-3, emaDecay: 0, validationImages: 2 },
      model: 'model',
    });
    prepared = await prepare(configuration);
    trained = await trainCaptioner(configuration, prepared);
  });

  after(() => {
    if (folder === '') return;
    process.chdir(PROJECT_ROOT);
    prepared.features.close();
    prepared.encoder.dispose();
    fs.rmSync(folder, { recursive: true });
  });

  it('trains the blocks behind the end point below, whose features are cached', () => {
    const { record, weights, tokenizer } = trained.model!;
    const { endPoint, fineTunedTo, grid } = record.encoder;
    assert.deepEqual([endPoint, fineTunedTo, grid], [BELOW, 'top', [7, 7]]);
    assert.deepEqual(record.inputs, { regions: 49, channels: 192, vocabSize: tokenizer.size });
    assert.equal(prepared.features.channels, 192);
    const start = prepared.encoder.trained!.weights[KERNEL.slice('encoder/'.length)];
    assertClose(weights[KERNEL], start, 0.1);
    assert.throws(() => assertClose(weights[KERNEL], start, 1e-3), /largest difference/);
  });

  it('gives a model that generates the same captions once saved and loaded', async () => {
    const photos = ['cat.jpg', 'coffee.jpg'].map((name) => path.join(PROJECT_ROOT, 'data', 'photos', name));
    const scenes = fs.readdirSync('data/tiny/images').slice(0, 4);
    const images = [...photos, ...scenes.map((name) => path.join('data/tiny/images', name))];
    const before = withoutErrors(await generateCaption(images, { maxLength: 12, model: trained.model! }));
    const loaded = withoutErrors(await generateCaption(images, { maxLength: 12, model: 'model' }));
    assert.deepEqual(
      loaded.map(({ caption }) => caption),
      before.map(({ caption }) => caption),
    );
    assert.ok(before.every(({ caption }) => caption.length > 0));
    assert.deepEqual([loaded[0].grid, loaded[0].words[0].attention.length], [[7, 7], 49]);
  });
});
