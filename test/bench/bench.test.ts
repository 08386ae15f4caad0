import '../../lib/native/backend';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { countMatmuls } from '../../bench/count-matmuls';
import { main, PEERS_PYTHON } from '../../bench/main';
import { assertSame, Peer, startPeers } from '../../bench/peer';
import { main as profile } from '../../bench/profile';
import { closeAll, compare, median, race } from '../../bench/race';
import type { Report } from '../../bench/report';
import type { Contender } from '../../bench/row';
import { allRows } from '../../bench/rows';
import { trainingPeers } from '../../bench/rows/training';
import { quickSizes } from '../../bench/sizes';
import { OurTraining, trainingTask } from '../../bench/training';
import { captionerNames } from '../../lib/captioners/registry';
import { UserError } from '../../lib/errors';
import { runCommand } from '../helpers/run-command';

const KERAS = path.join(__dirname, '..', '..', '.venv', 'bin', 'python');
const OTHERS = fs.existsSync(PEERS_PYTHON) ? PEERS_PYTHON : undefined;

describe('benchmarks', function () {
  this.timeout(240_000);
  let folder = '';

  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-test-'))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  for (const model of captionerNames()) {
    it(`peers train ${model} with the same losses, step after step`, async function () {
      if (!fs.existsSync(KERAS)) this.skip();
      const task = trainingTask(model, quickSizes);
      const ours = new OurTraining(task, 'float32', 1);
      const losses = await ours.check();
      assert.ok(losses[2] < losses[0], 'it learns');
      const context = { sizes: quickSizes, peers: { keras: KERAS, others: OTHERS }, folder };
      const peers: Contender[] = [];
      const starts = trainingPeers(model, 'float32', task, context);
      const missing = await startPeers(starts, losses, 1e-4, peers);
      missing.forEach((note) => console.log(`      ${note}`));
      closeAll([ours, ...peers]);
      tf.dispose([task.weights, task.batch]);
    });
  }

  it('prints a row and keeps it as JSON and as a table', async () => {
    const [json, markdown] = ['report.json', 'report.md'].map((name) => path.join(folder, name));
    const flags = [
      '--quick',
      '--rounds',
      '2',
      '--only',
      'products-float32',
      '--json',
      json,
      '--markdown',
      markdown,
    ];
    const { out } = await runCommand(main, flags);
    const { rows, quick } = JSON.parse(fs.readFileSync(json, 'utf8')) as Report;
    assert.equal(quick, true);
    assert.deepEqual(
      rows.map(({ name, measures }) => [name, measures.map((one) => [one.name, one.rounds.length])]),
      [
        [
          'products-float32',
          [
            ['this project', 2],
            ['its products alone', 2],
          ],
        ],
      ],
    );
    assert.match(out, /time of this project \/ its products alone: \S+ \(goal: at most 1.25, (not )?met\)/);
    assert.match(
      fs.readFileSync(markdown, 'utf8'),
      /\| step of cross-attention .* \| at most 1.25 \| (yes|no) \|/,
    );
  });

  it('watches the memory', async () => {
    const { out } = await runCommand(main, ['--quick', '--only', 'memory']);
    assert.match(out, /native tensors more after 4 training steps: 0 \(goal: 0, met\)/);
    assert.match(out, /native tensors more after 5 captions: 0 \(goal: 0, met\)/);
  });

  it('reads batches of a feature store', async () => {
    const { out } = await runCommand(main, ['--quick', '--rounds', '1', '--only', 'feature-store']);
    assert.match(out, /speed of store \/ step of show-and-tell/);
    assert.match(out, /40 images of 3 x 6 halves/);
  });

  it('names the rows there are', async () => {
    await assert.rejects(main(['--only', 'speed']), (error: Error) => {
      return error instanceof UserError && /There is no row "speed": choose of train-/.test(error.message);
    });
  });

  const faults: [what: string, script: string, note: RegExp][] = [
    [
      'ends',
      'echo "no kernel for bfloat16" >&2; exit 3',
      /^failed: A peer ended without an answer: no kernel for/,
    ],
    [
      'ends at work',
      'echo \'{"ready": true}\'; read line; exit 1',
      /^failed: A peer ended without an answer/,
    ],
    ['hangs', 'sleep 60', /^failed: A peer gave no answer in 0\.02 minutes\.$/],
    ['says something else', 'echo hello', /^failed: A peer answered "hello"\.$/],
    ['says something odd', 'echo \'{"ready": 5}\'', /^failed: A peer answered "\{"ready": 5\}"\.$/],
  ];
  for (const [what, script, note] of faults) {
    it(`goes on without a peer that ${what}`, async () => {
      const worker = path.join(folder, 'worker.sh');
      fs.writeFileSync(worker, script);
      const task = { module: 'any', task: {}, arrays: {} };
      const start = () =>
        Peer.start('A peer', 'bash', path.join(folder, 'peer'), task, { worker, patienceMinutes: 0.02 });
      const peers: Contender[] = [];
      const [told, ...others] = await startPeers([start], [1], 1e-3, peers);
      assert.match(told, note);
      assert.deepEqual([others, peers], [[], []]);
    });
  }

  it('a row that fails is told, and the next goes on', async () => {
    const broken = {
      name: 'products-broken',
      what: 'fails',
      run: () => Promise.reject(new Error('no memory')),
    };
    const json = path.join(folder, 'report.json');
    const { out } = await runCommand(
      (argv) =>
        assert.rejects(
          main(argv, [broken, ...allRows()]),
          /Something failed in products-broken: see above\./,
        ),
      ['--quick', '--rounds', '1', '--only', 'products-broken,products-float32', '--json', json],
    );
    assert.match(out, /failed: no memory/);
    const { rows } = JSON.parse(fs.readFileSync(json, 'utf8')) as Report;
    assert.deepEqual(rows.map(({ measures }) => measures.length), [0, 2]); // prettier-ignore
  });

  it('tells the last words of a peer that ends', async function () {
    if (!fs.existsSync(KERAS)) this.skip();
    const start = Peer.start('A peer', KERAS, folder, { module: 'nobody', task: {}, arrays: {} });
    await assert.rejects(start, /A peer ended without an answer: .*No module named 'nobody'/);
  });

  it('profiles the operations of a training step', async function () {
    if (!fs.existsSync(KERAS)) this.skip();
    const { out } = await runCommand(profile, ['show-and-tell', 'bfloat16', '--quick', '--top', '3']);
    const [total, ...kinds] = out.trim().split('\n');
    assert.match(total, /ms in all operations/);
    assert.equal(kinds.length, 3);
    await assert.rejects(
      profile(['nobody', 'float32']),
      /There is no captioner "nobody": choose one of cross-attention/,
    );
  });

  it('refuses a peer that does other work', () => {
    assertSame('Keras', [1, 2], [1.00001, 2], 1e-3);
    assert.throws(
      () => assertSame('Keras', [1, 2], [1, 2.1], 1e-3),
      /Keras does other work than this project/,
    );
    assert.throws(() => assertSame('Keras', [1], [1, 2], 1e-3), /does other work/);
    assert.throws(() => assertSame('Keras', [NaN], [1], 1e-3), /does other work/);
  });

  it('races in turns and compares with the fastest', async () => {
    const turns: string[] = [];
    const runner = (name: string, seconds: number) => ({
      name,
      round: async () => {
        turns.push(name);
        return seconds;
      },
    });
    const measures = await race([runner('ours', 1), runner('a', 2), runner('b', 4)], 1, 8);
    assert.equal(turns.join(' '), 'ours a b ours a b ours a b');
    assert.deepEqual(
      measures.map((one) => one.median),
      [8, 4, 2],
    );
    assert.deepEqual(compare(measures, { speedAtLeast: 1.5 }), {
      what: 'speed of ours / a',
      value: 2,
      goal: { speedAtLeast: 1.5 },
      met: true,
    });
    assert.equal(compare(measures, { timeAtMost: 0.4 }).met, false);
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 3]), 2.5);
  });

  it('counts the operations of matrix products', () => {
    const [a, b] = [tf.ones([2, 3]), tf.ones([3, 4])];
    assert.equal(
      countMatmuls((x: Record<'a' | 'b', tf.Tensor>) => tf.matMul(x.a, x.b), { a, b }),
      2 * 2 * 3 * 4,
    );
    assert.equal(
      countMatmuls((x: tf.Tensor) => tf.matMul(x, x, true), a),
      2 * 3 * 2 * 3,
    );
    const stack = tf.ones([5, 2, 3]);
    assert.equal(
      countMatmuls((x: tf.Tensor) => tf.matMul(x, x, false, true), stack),
      5 * 2 * 2 * 3 * 2,
    );
  });
});
