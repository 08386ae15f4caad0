import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { Peer, startPeers } from '../../bench/peer';
import { allRows } from '../../bench/rows';
import { gatherCaptions, repeatPerCaption } from '../../lib/captioners/beams';
import type { Captioner, CaptionerInputs, Weights } from '../../lib/captioners/captioner';
import type { CaptionerDefinition } from '../../lib/captioners/definition';
import { denseLayer, denseSpecs, embedTokens, tokenLogits, tokenSpecs } from '../../lib/captioners/layers';
import { captionerDefinitions, captionerNames, registerCaptioner } from '../../lib/captioners/registry';
import { sharedOptions } from '../../lib/captioners/shared-options';
import { command as trainCommand } from '../../lib/commands/train';
import { mainOf } from '../../lib/commands/support/command';
import { namedOptions } from '../../lib/config/named-options';
import { configure } from '../../lib/config/configuration';
import type { Overrides } from '../../lib/config/types';
import { generateCaption } from '../../lib/generate-caption';
import { loadModel } from '../../lib/model/saved-model';
import { compareCaptioners } from '../../lib/pipeline/compare';
import { evaluateModel } from '../../lib/pipeline/evaluate';
import { prepare, type Prepared } from '../../lib/pipeline/prepare';
import { trainCaptioner } from '../../lib/pipeline/train';
import { runCommand } from '../helpers/run-command';
import { randomFeatures, randomWeights, tinyInputs } from '../helpers/tiny-captioner';
import { assertUserError } from '../helpers/user-error';

const train = mainOf(trainCommand);

const PROJECT = path.resolve(__dirname, '..', '..');
const KERAS = path.join(PROJECT, '.venv', 'bin', 'python');

const toyOptions = z.strictObject({
  name: z.literal('toy'),
  embedding: sharedOptions.embedding,
  brightness: z.number().min(0).default(1).describe('factor on the image'),
  dropout: sharedOptions.dropout,
});

/** A captioner as somebody else would add it: the next token follows from the last one and the mean region. */
const toy: CaptionerDefinition<z.infer<typeof toyOptions>> = {
  name: 'toy',
  title: 'Toy',
  description: 'A bigram model that knows the mean region.',
  options: toyOptions,
  create: ({ embedding, brightness }, inputs) => toyCaptioner(embedding, brightness, inputs),
  sizes: { scenes: { embedding: 32 }, tiny: { embedding: 8 } },
  testVariants: { plain: {} },
};

function toyCaptioner(embedding: number, brightness: number, inputs: CaptionerInputs): Captioner {
  const { regions, channels, vocabSize } = inputs;
  const encode = (weights: Weights, features: tf.Tensor3D, captions: number) =>
    repeatPerCaption(denseLayer(weights, 'image', tf.mul(tf.mean(features, 1), brightness)), captions);
  return {
    specs: {
      ...tokenSpecs(vocabSize, embedding, embedding, false),
      ...denseSpecs('image', channels, embedding),
    },
    forward(weights, features, tokens) {
      const image = encode(weights, features, tokens.shape[0] / features.shape[0]); // [rows, embedding]
      const x = tf.add(embedTokens(weights, tokens, false), tf.expandDims(image, 1)); // [rows, steps, embedding]
      return { logits: tokenLogits(weights, x, false) };
    },
    initialState: (weights, features, beams) => ({ image: encode(weights, features, beams) }),
    step(weights, state, tokens) {
      const image = tf.reshape(state['image'], [...tokens.shape, embedding]);
      const x = tf.add(embedTokens(weights, tokens, false), image);
      const attention = tf.fill([...tokens.shape, regions], 1 / regions) as tf.Tensor3D;
      return { logits: tokenLogits(weights, x, false), attention, state };
    },
    reorder: gatherCaptions,
  };
}

describe('registry of captioners', function () {
  this.timeout(120_000);
  const overrides = { name: 'toy', embedding: 12, brightness: 2 };
  const base: Overrides = {
    preset: 'tiny',
    data: { limit: 12 },
    encoder: { encoder: 'efficientnet-lite0', precision: 'float32' },
  };
  const others = captionerNames();
  let folder = '';
  let unregister: () => void;

  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'registry-'));
    process.chdir(folder);
    unregister = registerCaptioner(toy);
  });
  after(() => {
    unregister();
    process.chdir(PROJECT);
    fs.rmSync(folder, { recursive: true });
  });

  it('lists a registered captioner after those of the project, once', () => {
    assert.deepEqual(captionerNames(), [...others, 'toy']);
    assert.throws(() => registerCaptioner(toy), /captioner "toy" is registered already/);
  });

  it('refuses an option whose name has another meaning elsewhere', () => {
    const withOption = (name: string, schema: z.ZodType) =>
      registerCaptioner({ ...toy, name: 'other', options: toyOptions.extend({ name: z.literal('other'), [name]: schema }) } as unknown as CaptionerDefinition); // prettier-ignore
    const differing: [option: string, schema: z.ZodType, owner: string][] = [
      ['units', z.string().default(''), 'attention-lstm'],
      ['heads', z.int().min(2).default(8), 'cross-attention'],
      ['brightness', z.number().min(0).max(1).default(1), 'toy'],
    ];
    for (const [option, schema, owner] of differing) {
      const sentence = `"${option}" of the captioner "other" takes other values than that of "${owner}"`;
      assert.throws(() => withOption(option, schema), { name: 'Error', message: new RegExp(sentence) });
    }
    withOption('units', z.int().min(1).max(16_384).default(7).describe('another default'))();
    for (const option of ['epochs', 'captioner']) {
      const remove = withOption(option, z.int().min(1).default(7).describe('of mine'));
      try {
        assert.throws(() => namedOptions(), new RegExp(`"${option}" .*of mine`));
      } finally {
        remove();
      }
    }
  });

  it('has captioners whose options of the same name take the same values, and names of no other group', () => {
    for (const definition of captionerDefinitions()) registerCaptioner({ ...definition, name: 'copy' })();
    const shared = namedOptions().filter(({ places }) => places.length > 1);
    assert.deepEqual(shared.map(({ name }) => name), ['seed']); // prettier-ignore
  });

  it('gives its options to configurations, with its sizes in presets', async () => {
    const captioner = (preset: string) => configure({ preset, captioner: { name: 'toy' } }, {}).captioner;
    const expected = { name: 'toy', brightness: 1, dropout: 0.3 };
    assert.deepEqual(captioner('tiny'), { ...expected, embedding: 8 });
    assert.deepEqual(captioner('scenes'), { ...expected, embedding: 32 });
    assert.deepEqual(captioner('default'), { ...expected, embedding: 512 });
    const dark = { ...overrides, brightness: -1 };
    await assertUserError(() => configure({ captioner: dark }, {}), /captioner\.brightness.*-1/);
    const foreign = { ...overrides, units: 3 };
    await assertUserError(() => configure({ captioner: foreign }, {}), /captioner\.units/);
  });

  it('gives it flags, and a place in --help', async () => {
    const help = (argv: string[]) => train(argv).catch(() => undefined);
    const { out } = await runCommand(help, ['--help']);
    assert.match(out, /--brightness <number>\s+factor on the image[^-]*--captioner\s+toy\]/);
    assert.match(out.replace(/\s+/g, ' '), /toy Toy A bigram model that knows the mean region\./);
    await assertUserError(train(['--captioner', 'toys']), new RegExp([...others, 'toy'].join(', ')));
  });

  describe('trained on drawn scenes', () => {
    let prepared: Prepared;
    const configuration = () => configure({ ...base, captioner: overrides, model: 'toy-model' });

    before(async () => {
      prepared = await prepare(configuration());
      const { model, record } = await trainCaptioner(configuration(), prepared);
      tf.dispose(model!.weights);
      assert.equal(record.epochs.length, 2);
    });
    after(() => {
      prepared.features.close();
      prepared.encoder.dispose();
    });

    it('is saved and loaded', () => {
      const { record, weights } = loadModel('toy-model');
      assert.deepEqual(record.captioner, { ...overrides, dropout: 0.3 });
      assert.deepEqual(weights['image/kernel'].shape, [1280, 12]);
      tf.dispose(weights);
    });

    it('is evaluated', async () => {
      const { data, decoding, encoder } = configuration();
      const model = loadModel('toy-model');
      const images = prepared.dataset.splits.validation.map((id) => prepared.images.get(id)!);
      const { captions, scores } = await evaluateModel(model, images, { decoding, encoder });
      assert.equal(Object.keys(captions).length, images.length, data.dataset);
      assert.ok(Number.isFinite(scores.CIDEr));
      tf.dispose(model.weights);
    });

    it('generates a caption of a photograph', async () => {
      const photo = path.join(PROJECT, 'data', 'photos', 'cat.jpg');
      const { caption, words } = await generateCaption(photo, { model: 'toy-model' });
      assert.equal(words.map(({ word }) => word).join(' '), caption);
    });

    it('is compared with others', async () => {
      const captioners = ['toy'];
      const compared = await compareCaptioners(base, prepared, { minutes: 0.005, captioners });
      assert.deepEqual(
        compared.map(({ name }) => name),
        captioners,
      );
    });

    it('is unknown again when it was unregistered', async () => {
      unregister();
      try {
        assert.ok(!captionerNames().includes('toy'));
        await assertUserError(() => configuration(), /Unknown captioner "toy"/);
        await assertUserError(
          () => loadModel('toy-model'),
          /model\.json.*captioner.*expected a registered captioner: cross-attention/,
        );
        await assertUserError(train(['--brightness', '1']), /--brightness/);
      } finally {
        unregister = registerCaptioner(toy);
      }
    });
  });

  it('has benchmark rows, without peers where it has no twin', async function () {
    const names = allRows().map(({ name }) => name);
    for (const row of ['train-toy-float32', 'train-toy-bfloat16', 'captions-toy'])
      assert.ok(names.includes(row), row);

    if (!fs.existsSync(KERAS)) this.skip();
    const { specs } = toyCaptioner(4, 1, tinyInputs);
    const task = {
      module: 'keras_training',
      task: { captioner: overrides, precision: 'float32', training: {}, dropout: 0, steps: 1 },
      arrays: { ...randomWeights(specs), features: randomFeatures(1) },
    };
    const notes = await startPeers([() => Peer.start('Keras', KERAS, 'peer', task)], [], 0, []);
    assert.deepEqual(notes, ['no Keras twin: skipped']);
  });
});
