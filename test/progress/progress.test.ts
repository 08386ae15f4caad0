import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { Clock, duration, percent } from '../../lib/progress/clock';
import { progressHtml } from '../../lib/progress/notebook';
import { lineProgress } from '../../lib/progress/terminal';

/** A clock set by hand, in seconds. */
function handClock(): { now: () => number; pass: (seconds: number) => void } {
  let time = 1000;
  return { now: () => time, pass: (seconds) => (time += seconds) };
}

/** The arguments that let Node run a piece of TypeScript in the project. */
const script = (code: string) => ['--import', 'tsx', '--input-type=commonjs', '-e', code];

describe('progress', () => {
  it('says how long the rest takes at a steady speed', () => {
    const time = handClock();
    const clock = new Clock('work', 100, time.now);
    for (let done = 1; done <= 25; done++) {
      time.pass(2);
      clock.update(done);
    }
    assert.equal(Math.round(clock.state().remaining!), 150);
    assert.equal(clock.state().elapsed, 50);
  });

  it('follows a change of speed without jumping', () => {
    const time = handClock();
    const clock = new Clock('work', 1000, time.now);
    for (let done = 1; done <= 100; done++) {
      time.pass(1);
      clock.update(done);
    }
    time.pass(10); // one slow step
    clock.update(101);
    const afterOne = clock.state().remaining!;
    assert.ok(afterOne > 899 && afterOne < 2 * 899, `${afterOne}`);
    for (let done = 102; done <= 130; done++) {
      time.pass(10);
      clock.update(done);
    }
    assert.ok(Math.abs(clock.state().remaining! / 8700 - 1) < 0.05, `${clock.state().remaining}`);
  });

  it('does not take what was there at the start for speed', () => {
    const time = handClock();
    const clock = new Clock('resumed', 1000, time.now);
    clock.update(900);
    assert.equal(clock.state().remaining, undefined);
    time.pass(3);
    clock.update(901);
    assert.equal(Math.round(clock.state().remaining!), 297);
  });

  it('prints a line every 10 seconds at most, and nothing after the end', () => {
    const time = handClock();
    const lines: string[] = [];
    const progress = lineProgress('Features', 60, (line) => lines.push(line), time.now);
    for (let done = 1; done <= 60; done++) {
      time.pass(0.5);
      progress.update(done, `file ${done}`);
    }
    progress.finish('all there');
    progress.finish();
    progress.update(61);
    assert.deepEqual(lines, [
      'Features: 33 %, 20 / 60 · 10 s elapsed · 20 s remaining · file 20',
      'Features: 66 %, 40 / 60 · 20 s elapsed · 10 s remaining · file 40',
      'Features: 100 %, 60 / 60 · 30 s elapsed · 0 s remaining · file 60',
      'Features: 100 %, 60 / 60 · took 30 s · all there',
    ]);
  });

  it('says 100 % only at the end, and has no division by zero', () => {
    const state = { label: 'x', note: '', elapsed: 0, remaining: undefined };
    assert.equal(percent({ ...state, done: 999, total: 1000 }), 99);
    assert.equal(percent({ ...state, done: 1000, total: 1000 }), 100);
    assert.equal(percent({ ...state, done: 0, total: 0 }), 100);
  });

  it('writes durations in words', () => {
    assert.deepEqual([0.4, 59.6, 125, 3599.7, 4800].map(duration), [
      '0 s',
      '1 min 00 s',
      '2 min 05 s',
      '1 h 00 min',
      '1 h 20 min',
    ]);
  });

  it('escapes labels and notes in a notebook', () => {
    const html = progressHtml(
      { label: 'a<b>', note: '"x" & <i>', total: 2, done: 1, elapsed: 1, remaining: 1 },
      false,
    );
    assert.ok(html.includes('a&lt;b&gt;') && html.includes('&quot;x&quot; &amp; &lt;i&gt;'), html);
    assert.ok(html.includes('50 %'));
  });

  it('does not keep the process alive when it is never finished', () => {
    const run = spawnSync(
      process.execPath,
      script(`require('./lib/progress/terminal').barProgress('x', 10).update(3); console.log('end');`),
      { encoding: 'utf8', timeout: 20_000 },
    );
    assert.equal(run.status, 0, run.stderr);
    assert.equal(run.stdout, 'end\n');
  });
});

describe('stop signal', () => {
  const loop = `
    const { stopSignal, eventLoopTurn } = require('./lib/progress/stop');
    (async () => {
      const stop = stopSignal();
      console.log('started');
      while (!stop.signal.aborted) await eventLoopTurn();
      console.log('saving');
      if (process.env.HANG) await new Promise((resolve) => setTimeout(resolve, 15_000));
      stop.release();
      console.log('saved', process.listenerCount('SIGINT'));
    })();`;

  /** Runs the loop and sends an interrupt at each of the words it prints. */
  async function interruptAt(
    words: string[],
    env: NodeJS.ProcessEnv,
  ): Promise<{ status: number | null; out: string }> {
    const child = spawn(process.execPath, script(loop), { env: { ...process.env, ...env } });
    let out = '';
    child.stdout.on('data', (data: Buffer) => {
      out += data.toString();
      if (words.length > 0 && out.includes(words[0])) {
        words.shift();
        child.kill('SIGINT');
      }
    });
    const status = await new Promise<number | null>((resolve) => child.on('exit', resolve));
    return { status, out };
  }

  it('is given by the first Ctrl-C, and the loop ends by itself', async () => {
    assert.deepEqual(await interruptAt(['started'], {}), { status: 0, out: 'started\nsaving\nsaved 0\n' });
  });

  it('gives way to the second Ctrl-C, which ends the process', async () => {
    assert.deepEqual(await interruptAt(['started', 'saving'], { HANG: '1' }), {
      status: 130,
      out: 'started\nsaving\n',
    });
  });

  it('does not let the Stop button end the kernel', () => {
    // As tslab does it: a listener of its own, and cells run by vm with breakOnSigint, where the listener is added.
    const kernel = `
      const vm = require('node:vm');
      globalThis.__tslab__ = {};
      globalThis.stopModule = require('./lib/progress/stop');
      process.on('SIGINT', () => console.log('released'));
      setTimeout(() => {}, 1000);
      vm.runInThisContext('globalThis.stop = stopModule.stopSignal()', { breakOnSigint: true });
      setTimeout(() => process.kill(process.pid, 'SIGINT'), 50);
      setTimeout(() => { console.log(stop.signal.aborted); process.exit(0); }, 150);`;
    const run = spawnSync(process.execPath, script(kernel), { encoding: 'utf8', timeout: 20_000 });
    assert.deepEqual([run.status, run.stdout], [0, 'released\ntrue\n'], run.stderr);
  });
});
