import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command as scoreCommand } from '../../lib/commands/score';
import { mainOf } from '../../lib/commands/support/command';
import { UserError } from '../../lib/errors';
import { meteorMetric } from '../../lib/metrics/meteor/meteor';
import { allMetrics } from '../../lib/metrics/registry';

const main = mainOf(scoreCommand);

describe('metrics: npm run score', function () {
  this.timeout(60_000);
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'score-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs the command on two JSON texts; returns what it printed and wrote. */
  async function run(
    references: string,
    candidates: string,
  ): Promise<{ printed: string; out: Record<string, unknown> }> {
    const [r, c, out] = ['r.json', 'c.json', 'out.json'].map((name) => join(folder, name));
    writeFileSync(r, references);
    writeFileSync(c, candidates);
    const printed: string[] = [];
    const log = console.log;
    console.log = (text: string) => void printed.push(text);
    try {
      await main(['--references', r, '--candidates', c, '--json', out]);
    } finally {
      console.log = log;
    }
    return {
      printed: printed.join('\n'),
      out: JSON.parse(readFileSync(out, 'utf8')) as Record<string, unknown>,
    };
  }

  it('prints a table and writes fractions', async () => {
    const { printed, out } = await run(
      '\uFEFF{"a": ["a dog runs over grass", "a dog is running"], "b": ["two cats sleep on a bed"]}',
      '{"a": "a dog runs over grass", "b": ["two cats sleep on a bed"]}',
    );
    const meteor = (await meteorMetric.available()) === true;
    const states = await Promise.all(
      allMetrics().map(async (metric) => ({ scores: metric.scores, state: await metric.available() })),
    );
    const names = states.flatMap(({ scores, state }) => (state === true ? scores : []));
    const isComplete = states.every(({ state }) => state === true);
    assert.deepEqual(Object.keys(out), [...names, ...(isComplete ? [] : ['notes'])]);
    const width = Math.max(...names.map((name) => name.length));
    for (const name of names) {
      const line = `${name.padEnd(width)} ${(out[name] as number).toFixed(4)}`;
      assert.ok(printed.split('\n').includes(line), name);
    }
    for (const name of ['BLEU-1', 'BLEU-2', 'BLEU-3', 'BLEU-4', ...(meteor ? ['METEOR'] : []), 'ROUGE-L'])
      assert.ok(Math.abs((out[name] as number) - 1) < 1e-6, name);
    assert.ok((out['CIDEr'] as number) > 1);
    assert.equal(/METEOR is left out/.test(printed), !meteor);
    assert.deepEqual(readdirSync(folder).sort(), ['c.json', 'out.json', 'r.json']);
  });

  it('explains the CIDEr of a single image', async () => {
    const { printed, out } = await run('{"a": ["a dog runs"]}', '{"a": "a dog runs"}');
    assert.equal(out.CIDEr, 0);
    assert.match(printed, /CIDEr of a single image is always 0/);
  });

  // prettier-ignore
  const wrong: [what: string, references: string, candidates: string, message: RegExp][] = [
    ['an image without references', '{"a": ["x"]}', '{"a": "x", "b": "y"}', /Image "b" has a candidate but no references/],
    ['an image without a candidate', '{"a": ["x"], "b": ["y"], "c": ["z"]}', '{"a": "x"}', /Images "b", "c" have references but no/],
    ['an image twice', '{"a": ["x"]}', '{"a": "x", "a": "y"}', /c\.json has images twice: "a"/],
    ['an image twice by another spelling', '{"a": ["x"]}', '{"a": "x", "\\u0061": "x"}', /c\.json has images twice: "a"/],
    ['an image twice in the references', '{"a": ["x"], "a": ["y"]}', '{"a": "x"}', /r\.json has images twice: "a"/],
    ['two candidates', '{"a": ["x"]}', '{"a": ["x", "y"]}', /"a" needs exactly one candidate, a string, and has 2 of them/],
    ['no candidate in the list', '{"a": ["x"]}', '{"a": []}', /"a" needs exactly one candidate/],
    ['a candidate that is no text', '{"a": ["x"]}', '{"a": 7}', /"a" needs exactly one candidate/],
    ['an empty list of references', '{"a": []}', '{"a": "x"}', /"a" needs a list of references/],
    ['references that are no texts', '{"a": [null]}', '{"a": "x"}', /"a" needs a list of references/],
    ['a list of captions', '[["x"]]', '["x"]', /r\.json must hold a JSON object/],
    ['broken JSON', '{"a": ["x"]}', '{"a": "x"', /c\.json is not valid JSON/],
    ['nothing to score', '{}', '{}', /no caption to score/],
  ];
  for (const [what, references, candidates, message] of wrong) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(run(references, candidates), (error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, message);
        assert.ok(!error.message.includes('\n'));
        return true;
      });
      assert.ok(!readdirSync(folder).includes('out.json'));
    });
  }

  it('names a file that is not there', async () => {
    await assert.rejects(
      main(['--references', join(folder, 'none.json'), '--candidates', 'x']),
      /none\.json/,
    );
  });
});
