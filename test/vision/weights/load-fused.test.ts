import '../../../lib/native/backend';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { clearCaches, generateCaption } from '../../../lib/generate-caption';
import { loadModel } from '../../../lib/model/saved-model';
import { nativeTensorCount } from '../../../lib/native/backend';
import { PROJECT_ROOT } from '../../../lib/project-root';
import { encoderDefinition, registerEncoder } from '../../../lib/vision/encoders/registry';
import { findWeights, loadEncoder } from '../../../lib/vision/weights/load-encoder';
import { loadModelEncoder } from '../../../lib/vision/weights/load-model-encoder';
import { saveTinyModelOn } from '../../helpers/tiny-model';
import { toyEncoder, writeToyWeights, type ToySizes } from '../../helpers/toy-encoder';
import { assertUserError } from '../../helpers/user-error';

const PHOTO = path.join(PROJECT_ROOT, 'data', 'photos', 'cat.jpg');

describe('loading of several encoders as one', function () {
  this.timeout(60_000);
  const toys: ToySizes[] = [
    { name: 'toy-a', grid: [2, 2], cell: 8, channels: 2 },
    { name: 'toy-b', grid: [3, 3], cell: 8, channels: 3 },
    { name: 'toy-cut', grid: [2, 2], cell: 8, channels: 1 },
  ];
  let folder = '';
  let removals: (() => void)[] = [];
  let tensors = 0;
  const file = (name: string) => path.join(folder, `${name}.safetensors`);
  const load = (encoder: string, encoderWeights: string) =>
    loadEncoder({ encoder, endPoint: '', encoderWeights });
  const weights = () => `${file('toy-a')},${file('toy-b')}`;

  before(() => {
    clearCaches(); // what other tests have left there would be freed while tensors are counted
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fused-'));
    for (const toy of toys) writeToyWeights(file(toy.name), toy);
    writeToyWeights(file('other'), toys[1], 2);
    const cut = { input: { height: 16, width: 16, resize: { shorterSide: 20 } } };
    removals = toys.map((toy) => registerEncoder(toyEncoder(toy, toy.name === 'toy-cut' ? cut : {})));
  });
  after(() => {
    for (const remove of removals) remove();
    fs.rmSync(folder, { recursive: true });
  });
  beforeEach(() => (tensors = nativeTensorCount()));
  afterEach(() => assert.equal(nativeTensorCount(), tensors, 'tensors are left'));

  it('gives all of them with their weights', async () => {
    const encoder = await load('toy-a+toy-b', weights());
    assert.deepEqual([encoder.name, encoder.endPoint], ['toy-a+toy-b', 'colors+colors']);
    assert.deepEqual([encoder.grid, encoder.channels], [[2, 2], 5]);
    assert.equal(encoder.weightsFile, `${file('toy-a')}, ${file('toy-b')}`);
    assert.equal(encoder.reason, 'Toy toy-a, Toy toy-b together, as chosen.');
    encoder.dispose();
    const other = await load('toy-a+toy-b', `${file('toy-a')},${file('other')}`);
    assert.notEqual(other.weightsHash, encoder.weightsHash);
    other.dispose();
  });

  it('frees those that were loaded where another cannot be, and names that one', async () => {
    await assertUserError(
      load('toy-a+toy-b', file('toy-a')),
      /^The weights of Toy toy-b \(toy-b\.safetensors\) are not in models\/: run npm run setup/,
    );
    await assertUserError(load('toy-a+toy-b', `${file('toy-a')},${file('none')}`), /none\.safetensors/);
    await assertUserError(
      load('toy-a+toy-cut', `${file('toy-a')},${file('toy-cut')}`),
      /^toy-cut does not look at the whole image/,
    );
    await assertUserError(
      loadEncoder({ encoder: 'toy-a+toy-b', endPoint: '+mixed', encoderWeights: weights() }),
      /^Toy toy-b has no end point "mixed"/,
    );
  });

  it('captions with a saved model, which knows its encoders and their weights', async () => {
    const encoder = await load('toy-a+toy-b', weights());
    const { name, endPoint, weightsHash, grid } = encoder;
    encoder.dispose();
    const model = path.join(folder, 'model');
    saveTinyModelOn(model, { name, endPoint, weightsHash, grid: [grid[0], grid[1]], channels: 5 });
    const loaded = loadModel(model);
    assert.equal(loaded.record.encoder.name, 'toy-a+toy-b');
    for (const tensor of Object.values(loaded.weights)) tensor.dispose();

    const caption = await generateCaption(PHOTO, { model, encoderWeights: weights(), method: 'greedy' });
    assert.deepEqual(caption.grid, [2, 2]);
    assert.ok(caption.words.length > 0 && caption.words.every(({ attention }) => attention.length === 4));
    clearCaches();
    await assertUserError(
      loadModelEncoder(loaded.record, `${file('toy-a')},${file('other')}`),
      /^One of .*toy-a\.safetensors, .*other\.safetensors holds other weights \(.*give that file as encoderWeights\.$/,
    );
  });

  it('gives the two sizes of EfficientNet-Lite and the detector that set-up brings', async function () {
    const names = ['efficientnet-lite0', 'efficientnet-lite2', 'ssdlite-mobilenet-v2'];
    if (!names.every((name) => findWeights(encoderDefinition(name)))) {
      console.log(`      skipped: the weights of ${names.join(', ')} are not all in models/`);
      this.skip();
    }
    const encoder = await load(names.join('+'), '');
    assert.deepEqual([encoder.endPoint, encoder.grid], ['top+top+objects', [7, 7]]);
    assert.deepEqual(encoder.input, { height: 300, width: 300 });
    assert.equal(encoder.channels, 1280 + 1280 + 1360);
    encoder.dispose();
  });
});
