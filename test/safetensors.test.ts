import '../lib/native/backend';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../lib/errors';
import { nativeTensorCount } from '../lib/native/backend';
import { readArrays, readTensors, writeTensors } from '../lib/safetensors';
import { assertClose } from './helpers/numeric';

describe('safetensors files', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'safetensors-'));
    file = path.join(folder, 'weights.safetensors');
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const some = () => ({
    'b/kernel': tf.tensor2d([1.5, -2.25, 1e-8, 3e38, Math.PI, -0], [2, 3]),
    a: tf.tensor1d([1, 2]),
    'größe "x"': tf.scalar(7),
    cube: tf.zeros([2, 1, 3]),
  });

  it('give back every number, shape, order and word as they were', () => {
    const tensors = some();
    writeTensors(file, tensors, { metadata: { made: 'today', note: 'ä "quoted"\n' } });
    const read = readTensors(file);
    assert.deepEqual(Object.keys(read.tensors), Object.keys(tensors));
    Object.entries(tensors).forEach(([name, tensor]) => assertClose(read.tensors[name], tensor, 0));
    assert.deepEqual(read.metadata, { made: 'today', note: 'ä "quoted"\n' });
  });

  it('in half precision round to 11 bits', () => {
    const x = tf.tensor1d([1, 1.0001, 0.1, -65504, 6e-8]);
    writeTensors(file, { x }, { precision: 'half' });
    const values = [...readTensors(file).tensors['x'].dataSync()];
    assert.deepEqual(values, [1, 1, 0.0999755859375, -65504, 5.960464477539063e-8]);
    writeTensors(file, { x });
    assert.equal(fs.statSync(file).size % 8, 4); // 5 floats
  });

  it('have the layout that other languages read', () => {
    writeTensors(file, some(), { metadata: { made: 'today' } });
    const bytes = fs.readFileSync(file);
    const length = Number(bytes.readBigUInt64LE(0));
    assert.equal(length % 8, 0);
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, unknown>;
    assert.deepEqual(header, {
      __metadata__: { made: 'today' },
      'b/kernel': { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
      a: { dtype: 'F32', shape: [2], data_offsets: [24, 32] },
      'größe "x"': { dtype: 'F32', shape: [], data_offsets: [32, 36] },
      cube: { dtype: 'F32', shape: [2, 1, 3], data_offsets: [36, 60] },
    });
    assert.equal(bytes.length, 8 + length + 60);
    assert.equal(bytes.readFloatLE(8 + length + 4), -2.25);
  });

  it('are read in the form in which others write them', () => {
    const header = Buffer.from('{"w":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}');
    const length = Buffer.alloc(8);
    length.writeUInt32LE(header.length); // not a multiple of 8, and no metadata
    fs.writeFileSync(file, Buffer.concat([length, header, Buffer.from([0x00, 0x3c, 0x00, 0xc0])]));
    const { tensors, metadata } = readTensors(file);
    assertClose(tensors['w'], tf.tensor1d([1, -2]), 0);
    assert.deepEqual(metadata, {});
  });

  it('of other programs give their floats of any width as float32, without their integers', () => {
    const entry = (dtype: string, from: number, to: number) => ({
      dtype,
      shape: [1],
      data_offsets: [from, to],
    });
    const header = {
      d: entry('F64', 0, 8),
      b: entry('BF16', 8, 10),
      h: entry('F16', 10, 12),
      n: entry('I64', 12, 20),
    };
    const text = Buffer.from(JSON.stringify(header));
    const bytes = Buffer.alloc(8 + text.length + 20);
    bytes.writeUInt32LE(text.length);
    text.copy(bytes, 8);
    bytes.writeDoubleLE(0.1, 8 + text.length);
    bytes.writeUInt16LE(0xc049, 16 + text.length); // the upper half of -3.140625 as float32
    bytes.writeUInt16LE(0x3c00, 18 + text.length);
    fs.writeFileSync(file, bytes);
    const values = [...readArrays(file)].map(([name, array]) => [name, array.shape, ...array.values]);
    assert.deepEqual(values, [
      ['d', [1], Math.fround(0.1)],
      ['b', [1], -3.140625],
      ['h', [1], 1],
    ]);
  });

  const refused = /^\S*weights\.safetensors .*: copy it again, or make it again\.$/;
  const userError = (error: unknown) => error instanceof UserError && refused.test(error.message);

  it('that are missing or cut off anywhere are refused in one sentence', () => {
    assert.throws(() => readTensors(file), userError);
    writeTensors(file, some());
    const whole = fs.readFileSync(file);
    for (const size of [0, 5, 8, 50, whole.length - 30, whole.length - 1]) {
      fs.writeFileSync(file, whole.subarray(0, size));
      assert.throws(() => readTensors(file), userError, `${size} bytes`);
    }
  });

  it('that are something else are refused, and leave no tensors behind', () => {
    const good = '"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';
    const headers = [
      'null',
      '[1,2]',
      '{"w":3}',
      '{"w":{"dtype":"F32","shape":[1]}}',
      `{${good},"w":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}`,
      `{${good},"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}`,
      `{${good},"w":{"dtype":"F32","shape":[1],"data_offsets":[-8,-4]}}`,
    ];
    const before = nativeTensorCount();
    for (const text of headers) {
      const length = Buffer.alloc(8);
      length.writeUInt32LE(text.length);
      fs.writeFileSync(file, Buffer.concat([length, Buffer.from(text), Buffer.alloc(16)]));
      assert.throws(() => readTensors(file), userError, text);
    }
    fs.writeFileSync(file, '{"this": "is a JSON file, not a safetensors file"}');
    assert.throws(() => readTensors(file), userError);
    assert.equal(nativeTensorCount(), before);
  });

  it('appear whole or not at all, over an older one too', () => {
    writeTensors(file, { x: tf.tensor1d([1]) });
    const broken = { dataSync: () => assert.fail('no more'), size: 1, shape: [1] } as unknown as tf.Tensor;
    assert.throws(() => writeTensors(file, { x: tf.tensor1d([2]), broken }), UserError);
    assert.deepEqual([...readTensors(file).tensors['x'].dataSync()], [1]);
    assert.deepEqual(fs.readdirSync(folder), ['weights.safetensors']);
  });

  it('that cannot be written are reported in one sentence', () => {
    const nowhere = path.join(folder, 'missing', 'weights.safetensors');
    assert.throws(() => writeTensors(nowhere, { x: tf.tensor1d([1]) }), UserError);
  });
});
