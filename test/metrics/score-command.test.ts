import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command as scoreCommand } from '../../lib/commands/score';
import { mainOf } from '../../lib/commands/support/command';
import { UserError } from '../../lib/errors';
import type { Diversity } from '../../lib/metrics/diversity';
import type { SetDiversity } from '../../lib/metrics/set-diversity';
import { meteorMetric } from '../../lib/metrics/meteor/meteor';
import { allMetrics } from '../../lib/metrics/registry';
import { assertUserError } from '../helpers/user-error';

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
    ...flags: string[]
  ): Promise<{ printed: string; out: Record<string, unknown> }> {
    const [r, c, out] = ['r.json', 'c.json', 'out.json'].map((name) => join(folder, name));
    writeFileSync(r, references);
    writeFileSync(c, candidates);
    const printed: string[] = [];
    const log = console.log;
    console.log = (text: string) => void printed.push(text);
    try {
      await main(['--references', r, '--candidates', c, '--json', out, ...flags]);
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
      allMetrics()
        .filter(({ needs }) => !needs)
        .map(async (metric) => ({ scores: metric.scores, state: await metric.available() })),
    );
    const names = states.flatMap(({ scores, state }) => (state === true ? scores : []));
    const isComplete = states.every(({ state }) => state === true);
    assert.deepEqual(Object.keys(out), [...names, 'images', 'diversity', ...(isComplete ? [] : ['notes'])]);
    assert.match(printed, /^2 images, scores x 100:$/m);
    const figures = printed.split('\n').map((line) => line.split(/ +/));
    for (const name of names) {
      const figure = (100 * (out[name] as number)).toFixed(1);
      assert.ok(
        figures.some((cells) => cells[0] === name && cells[1] === figure),
        `${name} ${figure}`,
      );
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

  it("scores COCO's results against COCO's annotations, and part of them with --subset", async () => {
    const references = JSON.stringify({
      images: [1, 2, 3].map((id) => ({ id, file_name: `00000000000${id}.jpg` })),
      annotations: [
        { id: 1, image_id: 1, caption: 'a dog runs over grass' },
        { id: 2, image_id: 1, caption: 'a dog is running' },
        { id: 3, image_id: 2, caption: 'two cats sleep on a bed' },
        { id: 4, image_id: 3, caption: 'a boat' },
      ],
    });
    const rows = [
      { image_id: '1', caption: 'a dog runs over grass' },
      { image_id: 2, caption: 'two cats sleep on a bed' },
      { image_id: 3, caption: 'a red boat' },
      { image_id: 4, caption: 'a train' },
    ];
    const { out } = await run(references, JSON.stringify(rows.slice(0, 3)));
    assert.equal(out.images, 3);

    // Half of the images, and one that is not among the references.
    const half = JSON.stringify([rows[0], rows[1], rows[3]]);
    const { printed, out: scores } = await run(references, half, '--subset');
    assert.match(printed, /^2 images, scores x 100:$/m);
    assert.match(printed, /^1 of 3 images with references has no candidate and is left out\.$/m);
    assert.match(printed, /^1 of 3 images with candidates has no references and is left out\.$/m);
    assert.ok(Math.abs((scores['BLEU-4'] as number) - 1) < 1e-6);
    await assertUserError(run(references, half), /Image "4" has a candidate but no references: .*--subset/);
    await assertUserError(
      run(references, JSON.stringify(rows.slice(0, 2))),
      /Image "3" has references but no candidate: .*--subset/,
    );
  });

  it('adds CHAIR by instances, or by the references alone', async () => {
    const references = '{"000000000001.jpg": ["a man outside"], "000000000002.jpg": ["a dog runs"]}';
    const candidates =
      '[{"image_id": 1, "caption": "a man with a dog"}, {"image_id": 2, "caption": "a cat"}]';
    const instances = join(folder, 'instances.json');
    writeFileSync(
      instances,
      JSON.stringify({
        images: [{ id: 1, file_name: '000000000001.jpg' }],
        annotations: [{ image_id: 1, category_id: 18 }],
        categories: [{ id: 18, name: 'dog' }],
      }),
    );
    const { printed, out } = await run(references, candidates, '--instances', instances);
    assert.deepEqual([out.CHAIRs, out.CHAIRi], [1 / 2, 1 / 3]);
    assert.match(printed, /^CHAIRs \(lower is better\) +50\.0$/m);
    assert.match(printed, /^CHAIR: .*instances\.json marks and .*; 1 of the 2 are not marked\.$/m);
    const { printed: without, out: alone } = await run(references, candidates, '--chair');
    assert.deepEqual([alone.CHAIRs, alone.CHAIRi], [1, 2 / 3]);
    assert.match(without, /^CHAIR: no objects are marked, so an image shows what its references name\.$/m);
    assert.ok(!('CHAIRs' in (await run(references, candidates)).out));
    await assertUserError(
      run('{"a": ["x"]}', '{"a": "x"}', '--instances', instances),
      /None of the images \("a", …\) is in .*instances\.json/,
    );
  });

  it('scores the first of several candidates, and measures the diversity of all', async () => {
    const references = '{"a.jpg": ["a dog runs over grass"], "b.jpg": ["two cats sleep on a bed"]}';
    const candidates = JSON.stringify([
      {
        image: 'photos/a.jpg',
        caption: 'a dog runs over grass',
        captions: [{ caption: 'a dog runs over grass' }, { caption: 'a dog sleeps' }, { caption: 'a dog' }],
      },
      {
        image: 'photos/b.jpg',
        caption: 'two cats sleep on a bed',
        captions: ['two cats sleep on a bed', 'a dog'],
      },
    ]);
    const training = join(folder, 't.json');
    writeFileSync(training, '{"x": ["A dog.", "two cats"]}');
    const { printed, out } = await run(references, candidates, '--training', training);
    assert.ok(Math.abs((out['BLEU-4'] as number) - 1) < 1e-6);
    const { sets, repeated, ...diversity } = out.diversity as Diversity & { sets: SetDiversity };
    assert.deepEqual(diversity, {
      captions: 5,
      vocabularySize: 11,
      meanLength: 18 / 5,
      distinctCaptions: 4,
      duplicateRate: 2 / 5,
      novelty: 3 / 5,
    });
    assert.deepEqual(repeated, [{ caption: 'a dog', images: 2 }]);
    assert.deepEqual([sets.images, sets.captionsPerImage, sets.distinct], [2, 2.5, 1]);
    assert.ok(Math.abs(sets.div1 - (6 / 10 + 7 / 8) / 2) < 1e-9, `${sets.div1}`);
    assert.match(printed, /^captions that are not in the training captions, % +60\.0$/m);
    assert.match(printed, /^Div-1, x 100 +\d+\.\d$/m);
    assert.match(printed, /^mBLEU-4, x 100 \(lower is more diverse\) +\d+\.\d$/m);
    assert.doesNotMatch((await run(references, '{"a": "x", "b": "y"}')).printed, /Div-1|training/);
  });

  it('takes the document frequencies of CIDEr from other captions', async () => {
    const [references, candidates] = ['{"a": ["a dog runs"]}', '{"a": "a dog runs"}'];
    const documents = join(folder, 'd.json');
    writeFileSync(documents, '{"x": ["a dog"], "y": ["a cat"], "z": ["a boat"]}');
    const { printed, out } = await run(references, candidates, '--document-frequencies', documents);
    assert.ok((out.CIDEr as number) > 1);
    assert.doesNotMatch(printed, /always 0/);
    await assertUserError(
      run(references, candidates, '--document-frequencies', join(folder, 'none.json')),
      /^--document-frequencies .*none\.json is not there: looked for \/.*none\.json\.$/,
    );
  });

  // prettier-ignore
  const wrong: [what: string, references: string, candidates: string, message: RegExp][] = [
    ['an image without references', '{"a": ["x"]}', '{"a": "x", "b": "y"}', /Image "b" has a candidate but no references/],
    ['an image without a candidate', '{"a": ["x"], "b": ["y"], "c": ["z"]}', '{"a": "x"}', /Images "b", "c" have references but no/],
    ['an image twice', '{"a": ["x"]}', '{"a": "x", "a": "y"}', /c\.json has images twice: "a"/],
    ['an image twice by another spelling', '{"a": ["x"]}', '{"a": "x", "\\u0061": "x"}', /c\.json has images twice: "a"/],
    ['COCO results twice', '{"5": ["x"]}', '[{"image_id": 5, "caption": "x"}, {"image_id": 5, "caption": "y"}]', /c\.json has images twice: "5"/],
    ['an image twice in the references', '{"a": ["x"], "a": ["y"]}', '{"a": "x"}', /r\.json has images twice: "a"/],
    ['no candidate in the list', '{"a": ["x"]}', '{"a": []}', /c\.json: image "a" needs a caption/],
    ['an empty list of references', '{"a": []}', '{"a": "x"}', /r\.json: image "a" needs a caption/],
    ['a list of captions', '[["x"]]', '["x"]', /r\.json: entry 1 has the value/],
    ['files of other images', '{"a": ["x"]}', '{"b": "x"}', /No image of .*c\.json \("b", …\) is in/],
    ['broken JSON', '{"a": ["x"]}', '{"a": "x"', /c\.json is not valid JSON/],
    ['nothing to score', '{}', '{}', /r\.json has no captions/],
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
