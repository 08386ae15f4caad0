import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { readWeightArrays } from '../../../lib/vision/weights/read-weights';
import { assertUserError } from '../../helpers/user-error';

const bytes = (...values: (number | string)[]) =>
  Buffer.concat(
    values.map((one) => (typeof one === 'string' ? Buffer.from(one, 'latin1') : Buffer.from([one]))),
  );
const zip = (...names: string[]) =>
  zipSync(Object.fromEntries(names.map((name) => [name, strToU8('some content, some content')])));
const keras = zip('metadata.json', 'config.json', 'model.weights.h5');

describe('weights files of other formats', () => {
  let folder: string;
  before(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'other-formats-'))));
  after(() => fs.rmSync(folder, { recursive: true }));

  const given: [name: string, content: Uint8Array, sentence: RegExp][] = [
    ['model.pth', zip('archive/data.pkl', 'archive/data/0'), /is a checkpoint of PyTorch: .*safetensors/],
    [
      'old.pt',
      bytes(0x80, 2, 0x8a, '\nl\xfc\x9cF\xf9 j\xa8P\x19.'),
      /checkpoint of PyTorch, or .*pickle.*safetensors/,
    ],
    ['model.tflite', bytes(0x1c, 0, 0, 0, 'TFL3'), /is a model of TensorFlow Lite: give a file of keras/],
    ['model.onnx', bytes(8, 7, 0x12, 7, 'pytorch'), /is a model of ONNX: give a file of keras\.applications/],
    ['weights.npz', zip('a.npy', 'b.npy'), /is a file of NumPy \(\.npy, \.npz\): give/],
    [
      'page.h5',
      bytes('\r\n<!DOCTYPE html><html>…'),
      /is a web page, not the weights: download the file itself/,
    ],
    [
      'lfs.h5',
      bytes('version https://git-lfs.github.com/spec/v1\noid sha256:0\n'),
      /pointer of Git LFS.*git lfs pull/,
    ],
    ['empty.h5', bytes(), /empty\.h5 is empty: fetch it again/],
    ['weights.h5.gz', bytes(0x1f, 0x8b, 8), /is compressed \(gzip\): unpack it/],
    ['weights.zip', zip('weights.h5'), /is a zip archive, but not of Keras: unpack it/],
    [
      'cut.keras',
      keras.subarray(0, keras.length - 40),
      /is a zip file that is damaged or cut off: fetch or copy/,
    ],
    [
      'cut.h5',
      bytes('\x89HDF\r\n\x1a\n', 0, 0, 0, 0),
      /cut\.h5 is damaged or cut off \(.+, 12 bytes\): fetch/,
    ],
    ['inner.keras', keras, /inner\.keras .*(damaged|layout)/],
    [
      'text.txt',
      bytes('hello'),
      /is neither an HDF5, a \.keras nor a safetensors file: give a file of keras/,
    ],
  ];
  for (const [name, content, sentence] of given) {
    it(name, () => {
      const file = path.join(folder, name);
      fs.writeFileSync(file, content);
      return assertUserError(readWeightArrays(file), sentence);
    });
  }

  it('folders', async () => {
    const model = path.join(folder, 'saved');
    fs.mkdirSync(model);
    await assertUserError(readWeightArrays(model), /saved is a folder: give a weights file/);
    fs.writeFileSync(path.join(model, 'saved_model.pb'), '');
    await assertUserError(readWeightArrays(model), /saved is a SavedModel: .*model\.save\('name\.keras'\)/);
  });

  it('leave nothing in the folder of temporary files', async () => {
    const left = () => fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith('captioner-weights-'));
    const before = left();
    const file = path.join(folder, 'left.keras');
    fs.writeFileSync(file, keras);
    await assert.rejects(readWeightArrays(file));
    assert.deepEqual(left(), before);
  });
});
