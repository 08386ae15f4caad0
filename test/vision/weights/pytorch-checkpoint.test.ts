import assert from 'node:assert';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findWeights } from '../../../lib/vision/weights/known-weights';
import { readPickle } from '../../../lib/vision/weights/pickle';
import { readCheckpoint } from '../../../lib/vision/weights/pytorch-checkpoint';

/** Accepts nothing beyond plain values. */
const plain = {
  reduce: (callee: { name: string }): never => {
    throw new Error(`call of ${callee.name}`);
  },
  persistentLoad: (): never => {
    throw new Error('persistent id');
  },
};

const read = (hex: string) => readPickle(Buffer.from(hex, 'hex'), 0, plain).value;

describe('pickles', () => {
  it('of plain values are read as Python wrote them', () => {
    // pickle.dumps({'a': [1, 2.5, None, True, (1, 2), (1, 2, 3), ()], 'é': -5, 'big': 2**40, 'neg': -2**70,
    //               7: {}, 't4': (300, 70000, False, 'x'), 'one': (0,)}, 2)
    const bytes =
      '80027d71002858010000006171015d7102284b014740040000000000004e884b014b028671034b014b024b0387710429655802000000' +
      'c3a971054afbffffff580300000062696771068a0600000000000158030000006e656771078a090000000000000000c04b077d710858' +
      '0200000074347109284d2c014a7011010089580100000078710a74710b58030000006f6e65710c4b0085710d752e';
    const expected = new Map<unknown, unknown>([
      ['a', [1, 2.5, null, true, [1, 2], [1, 2, 3], []]],
      ['é', -5],
      ['big', 2n ** 40n],
      ['neg', -(2n ** 70n)],
      [7, new Map()],
      ['t4', [300, 70000, false, 'x']],
      ['one', [0]],
    ]);
    assert.deepStrictEqual(read(bytes), expected);
  });

  it('cannot call what the reader does not accept', () => {
    // of an object whose __reduce__ returns (os.system, ('echo hi',))
    const bytes = '800263706f7369780a73797374656d0a710058070000006563686f20686971018571025271032e';
    assert.throws(() => read(bytes), /call of posix system/);
  });

  it('that are damaged or use other instructions are refused', () => {
    assert.throws(() => read('80025d'), RangeError); // cut off
    assert.throws(() => read('80022e'), /damaged/); // nothing on the stack
    assert.throws(() => read('8002742e'), /damaged/); // a tuple without its beginning
    assert.throws(() => read('800268052e'), /damaged/); // something never put in the memo
    assert.throws(() => read('80028c0178932e'), /instruction that is not accepted \(0x8c\)/); // protocol 4
  });
});

describe('PyTorch checkpoints', () => {
  const checkpoint = findWeights('efficientnet-lite0');
  let file = '';

  before(function () {
    if (!checkpoint) {
      console.log('      skipped: the EfficientNet-Lite0 package is not in .venv');
      this.skip();
    }
    file = path.join(os.tmpdir(), `checkpoint-${process.pid}.pth`);
  });
  after(() => fs.rmSync(file, { force: true }));

  const refuses = (bytes: Buffer | string, message: RegExp) => {
    fs.writeFileSync(file, bytes);
    assert.throws(
      () => readCheckpoint(file),
      (error: Error) => error.name === 'UserError' && message.test(error.message),
    );
  };

  it('give their float tensors by name', () => {
    const arrays = readCheckpoint(checkpoint as string);
    // 49 convolutions with 4 arrays of batch normalization each, and the classifier's two
    assert.strictEqual(arrays.size, 49 * 5 + 2);
    assert.deepStrictEqual(arrays.get('_fc.weight')?.shape, [1000, 1280]);
    assert.deepStrictEqual(arrays.get('_blocks.3._depthwise_conv.weight')?.shape, [144, 1, 5, 5]);
    const variances = arrays.get('_bn0.running_var')?.values as Float32Array;
    assert.ok(variances.length === 32 && variances.every((value) => value >= 0));
  });

  it('are refused where they would call a function', () => {
    const bytes = fs.readFileSync(checkpoint as string).toString('latin1');
    const hostile = bytes.replace('torch._utils\n_rebuild_tensor_v2\n', 'posix\nsystem\n');
    refuses(Buffer.from(hostile, 'latin1'), /it wants to call "posix system"/);
  });

  it('are refused where they are cut off, in the zip format, or something else', () => {
    const bytes = fs.readFileSync(checkpoint as string);
    refuses(bytes.subarray(0, bytes.length - 4), /the file ends too early/);
    refuses(bytes.subarray(0, 1000), /is not a PyTorch checkpoint/);
    refuses('PK\x03\x04', /zip format/);
    refuses('text', /is not a PyTorch checkpoint/);
    assert.throws(() => readCheckpoint('no/such.pth'), /no\/such\.pth cannot be read/);
  });
});
