import assert from 'node:assert';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type * as H5 from 'h5wasm';
import { readWeightArrays } from '../../../lib/vision/weights/read-weights';
import { PROJECT_ROOT } from '../../../lib/project-root';

describe('HDF5 weights', () => {
  let dir = '';
  let h5wasm: typeof H5;

  before(async () => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'hdf5-'));
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the package offers no entry for require
    h5wasm = require(path.join(PROJECT_ROOT, 'node_modules/h5wasm/dist/node/hdf5_hl.js')) as typeof H5;
    await h5wasm.ready;
  });
  after(() => fs.rmSync(dir, { recursive: true }));

  /** Writes a file with one layer, as Keras does, at its root or in a group. */
  function write(name: string, group?: string): string {
    const file = path.join(dir, name);
    const opened = new h5wasm.File(file, 'w');
    const root = group ? opened.create_group(group) : opened;
    root.create_attribute('layer_names', ['conv2d_1', 'activation']);
    const layer = root.create_group('conv2d_1');
    layer.create_attribute('weight_names', ['conv2d_1/kernel:0', 'conv2d_1/bias:0']);
    const inner = layer.create_group('conv2d_1');
    inner.create_dataset({ name: 'kernel:0', data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [1, 1, 3, 2] });
    inner.create_dataset({ name: 'bias:0', data: Float32Array.of(7, 8), shape: [2] });
    // Keras writes an empty list of names as an array of numbers
    root.create_group('activation').create_attribute('weight_names', new Float64Array(0), [0]);
    opened.close();
    return file;
  }

  const rejects = (file: string, message: RegExp) =>
    assert.rejects(
      readWeightArrays(file),
      (error: Error) => error.name === 'UserError' && message.test(error.message),
    );

  for (const group of [undefined, 'model_weights']) {
    it(`are read by layer and array ${group ? 'from a whole model' : 'from a weights file'}`, async () => {
      const { arrays, format } = await readWeightArrays(write('good.weights', group)); // the name does not matter
      assert.equal(format, 'HDF5');
      assert.deepStrictEqual(Object.fromEntries(arrays), {
        'conv2d_1/kernel': { shape: [1, 1, 3, 2], values: Float32Array.of(1, 2, 3, 4, 5, 6) },
        'conv2d_1/bias': { shape: [2], values: Float32Array.of(7, 8) },
      });
    });
  }

  it('are refused where the file is missing, something else, cut off, or laid out otherwise', async () => {
    await rejects(path.join(dir, 'none.h5'), /none\.h5 cannot be read \(there is no such file/);
    const text = path.join(dir, 'text.h5');
    fs.writeFileSync(text, '<html>not found</html>');
    await rejects(text, /text\.h5 is a web page, not the weights/);
    const cut = path.join(dir, 'cut.h5');
    fs.writeFileSync(cut, fs.readFileSync(write('whole.h5')).subarray(0, 1500));
    await rejects(cut, /cut\.h5 is damaged or cut off/);
    await rejects(write('other.h5', 'elsewhere'), /other\.h5 does not have the layout of Keras/);
  });
});
