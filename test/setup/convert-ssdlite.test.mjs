import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../scripts/setup/paths.mjs';
import { inFolder, runPython as run, skipWithoutPython } from './helpers.mjs';

const SCRIPT = join(PROJECT_ROOT, 'scripts', 'setup', 'convert_ssdlite.py');
const MAKER = join(PROJECT_ROOT, 'test', 'setup', 'make_detector.py');
const FOLDER = 'package/models/coco-ssd';

/** The numbers below 91 that are no category of COCO. */
const UNUSED = [0, 12, 26, 29, 30, 45, 66, 68, 69, 71, 83];

/**
 * Shape and values of each array in a safetensors file.
 * @param {string} file
 */
function readArrays(file) {
  const bytes = readFileSync(file);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  /** @type {Record<string, { shape: number[], data_offsets: [number, number] }>} */
  const header = JSON.parse(bytes.toString('utf8', 8, start));
  const entries = Object.entries(header).map(
    ([
      name,
      {
        shape,
        data_offsets: [from, to],
      },
    ]) => {
      const values = Array.from({ length: (to - from) / 4 }, (_, i) =>
        bytes.readFloatLE(start + from + 4 * i),
      );
      return /** @type {const} */ ([name, { shape, values }]);
    },
  );
  return Object.fromEntries(entries);
}

describe('set-up: conversion of the object detector', function () {
  this.timeout(120_000); // Python takes its time to start on a busy machine

  before(skipWithoutPython);

  it('folds batch normalizations and keeps the 80 categories, without boxes', () =>
    inFolder((dir) => {
      const [tarball, output] = ['a.tgz', 'new/a.safetensors'].map((name) => join(dir, name));
      assert.equal(run(MAKER, tarball).stderr, '');
      assert.equal(run(SCRIPT, tarball, FOLDER, output).stderr, '');
      const arrays = readArrays(output);
      const used = Array.from({ length: 91 }, (_, i) => i).filter((i) => !UNUSED.includes(i));
      const anchors = [...used, ...used];
      const near = (/** @type {string} */ name, /** @type {number[]} */ shape, /** @type {number[]} */ values) => {
        assert.deepEqual(arrays[name].shape, shape, name);
        values.forEach((value, i) => assert.ok(Math.abs(arrays[name].values[i] - value) < 1e-5, name));
      };
      assert.equal(Object.keys(arrays).length, 8);
      near('Conv/kernel', [1, 1, 1, 2], [1, 2]);
      near('Conv/bias', [2], [0.5, -0.5]);
      near('expanded_conv/depthwise/kernel', [1, 1, 2, 1], [10, 200]);
      near('expanded_conv/depthwise/bias', [2], [3, 4]);
      near('layer_19/kernel', [1, 1, 1, 1], [10]);
      near('layer_19/bias', [1], [5]);
      near('BoxPredictor_0/ClassPredictor/kernel', [1, 1, 1, 160], anchors);
      near('BoxPredictor_0/ClassPredictor/bias', [160], anchors.map((i) => -i));
      assert.deepEqual(readdirSync(join(dir, 'new')), ['a.safetensors']);
    })); // prettier-ignore

  it('refuses an archive that lacks something, leads outside or is something else', () =>
    inFolder((dir) => {
      const [tarball, output] = ['a.tgz', 'a.safetensors'].map((name) => join(dir, name));
      for (const how of ['missing', 'link', 'text']) {
        if (how === 'text') writeFileSync(tarball, 'no archive');
        else run(MAKER, tarball, how);
        const { status, stderr } = run(SCRIPT, tarball, FOLDER, output);
        assert.equal(status, 1);
        assert.match(stderr, /^package\/models\/coco-ssd in \S+a\.tgz cannot be converted \(.*\n$/, how);
      }
      assert.deepEqual(readdirSync(dir), ['a.tgz']);
    }));
});
