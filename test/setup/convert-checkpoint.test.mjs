import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../scripts/setup/paths.mjs';
import { inFolder, runPython as run, skipWithoutPython } from './helpers.mjs';

const SCRIPT = join(PROJECT_ROOT, 'scripts', 'setup', 'convert_checkpoint.py');
const MAKER = join(PROJECT_ROOT, 'test', 'setup', 'make_checkpoint.py');

describe('set-up: conversion of a PyTorch checkpoint', function () {
  this.timeout(120_000); // Python takes its time to start on a busy machine

  before(skipWithoutPython);

  it('gives its float32 tensors in row-major order, sorted by name', () =>
    inFolder((dir) => {
      const [checkpoint, output] = ['a.pth', 'new/a.safetensors'].map((name) => join(dir, name));
      assert.equal(run(MAKER, checkpoint).stderr, '');
      assert.equal(run(SCRIPT, checkpoint, output).stderr, '');
      const bytes = readFileSync(output);
      const length = Number(bytes.readBigUInt64LE(0));
      assert.equal(length % 8, 0);
      assert.deepEqual(JSON.parse(bytes.toString('utf8', 8, 8 + length)), {
        row: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
        transposed: { dtype: 'F32', shape: [2, 3], data_offsets: [8, 32] },
      });
      const values = Array.from({ length: 8 }, (_, i) => bytes.readFloatLE(8 + length + 4 * i));
      assert.deepEqual(values, [0.5, 1, 1, 3, 5, 2, 4, 6]);
      assert.deepEqual(readdirSync(join(dir, 'new')), ['a.safetensors']);
    }));

  it('refuses a file that would run something, without running it', () =>
    inFolder((dir) => {
      const [checkpoint, output] = ['a.pth', 'a.safetensors'].map((name) => join(dir, name));
      run(MAKER, checkpoint, 'hostile');
      const { status, stderr } = run(SCRIPT, checkpoint, output);
      assert.equal(status, 1);
      assert.match(stderr, /^\S+a\.pth cannot be converted \(it wants to use posix\.system\): /);
      assert.deepEqual(readdirSync(dir), ['a.pth']);
    }));

  it('refuses a file that is cut off or something else', () =>
    inFolder((dir) => {
      const [checkpoint, cut, output] = ['a.pth', 'cut.pth', 'a.safetensors'].map((name) => join(dir, name));
      run(MAKER, checkpoint);
      const size = readFileSync(checkpoint).length;
      for (const length of [0, 100, size - 12, size - 4]) {
        copyFileSync(checkpoint, cut);
        truncateSync(cut, length);
        assert.match(run(SCRIPT, cut, output).stderr, /^\S+cut\.pth cannot be converted \(.*\n$/);
      }
      writeFileSync(cut, 'PK\x03\x04');
      assert.match(run(SCRIPT, cut, output).stderr, /cannot be converted/);
      assert.equal(existsSync(output), false);
    }));
});
