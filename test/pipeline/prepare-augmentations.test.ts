import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { configure } from '../../lib/config/configuration';
import type { DataOptions } from '../../lib/data/options';
import { mentionsLeftRight } from '../../lib/data/left-right';
import { prepare, type Prepared } from '../../lib/pipeline/prepare';
import { trainCaptioner } from '../../lib/pipeline/train';
import { examplesOf } from '../../lib/pipeline/training-task';
import { readTensors } from '../../lib/safetensors';

const PROJECT = path.resolve(__dirname, '..', '..');

describe('preparing and training with augmentations', function () {
  this.timeout(120_000);
  let folder: string;

  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'augmentations-'));
    process.chdir(folder);
  });
  after(() => {
    process.chdir(PROJECT);
    fs.rmSync(folder, { recursive: true });
  });

  const configurationOf = (data: Partial<DataOptions>) =>
    configure({ preset: 'tiny', data: { limit: 10, ...data }, encoder: { encoderBatchSize: 5 } }, {});
  const prepared = (data: Partial<DataOptions>) => prepare(configurationOf(data));

  /** How many images features are extracted of. */
  async function extractedOf(data: Partial<DataOptions>): Promise<number> {
    let count = 0;
    const progress = (title: string, total: number) => {
      if (title === 'Extracting features') count = total;
      return { update: () => {}, finish: () => {} };
    };
    (await prepare(configurationOf(data), { progress })).features.close();
    return count;
  }

  /** The fingerprint of a training that was stopped before its first step. */
  async function fingerprintOf(data: Partial<DataOptions>): Promise<string> {
    const from = await prepared(data);
    const configuration = configurationOf(data);
    fs.rmSync(configuration.model, { recursive: true, force: true });
    const { model } = await trainCaptioner(configuration, from, { signal: AbortSignal.abort() });
    assert.equal(model, undefined); // nothing was saved
    from.features.close();
    const checkpoints = path.join(configuration.model, 'training');
    const [name] = fs.readdirSync(checkpoints);
    const { metadata } = readTensors(path.join(checkpoints, name, 'last.safetensors'));
    return (JSON.parse(metadata['training']) as { fingerprint: string }).fingerprint;
  }

  const sidesOf = (from: Prepared, split: 'train' | 'validation') =>
    examplesOf(from, split, Infinity).filter((example) => example.mentionsLeftRight).length;

  it('computes augmentations of training images alone, once, and marks captions that name a side', async () => {
    assert.equal(await extractedOf({}), 10);
    assert.equal(await extractedOf({ augment: 'flip' }), 9);
    assert.equal(await extractedOf({ augment: 'flip' }), 0);
    assert.equal(await extractedOf({ augment: 'full', augmentations: 3 }), 18);
    const from = await prepared({ augment: 'flip' });
    const { train, validation } = from.dataset.splits;
    for (const id of train) assert.ok(from.augmentations!.of(id).every((view) => from.features.has(view.id)));
    for (const id of validation) assert.ok(!from.features.has(from.augmentations!.of(id)[1].id));
    const captions = train.flatMap((id) => from.images.get(id)!.captions);
    assert.ok(sidesOf(from, 'train') > 0);
    assert.equal(sidesOf(from, 'train'), captions.filter(mentionsLeftRight).length);
    from.features.close();
    const plain = await prepared({});
    assert.equal(plain.augmentations, undefined);
    assert.equal(sidesOf(plain, 'train'), 0);
    plain.features.close();
  });

  it('makes another training of another augmentation, but not of the same one', async () => {
    const plain = await fingerprintOf({});
    assert.equal(await fingerprintOf({ augment: 'none' }), plain);
    const flip = await fingerprintOf({ augment: 'flip' });
    const full = await fingerprintOf({ augment: 'full', augmentations: 2 });
    const more = await fingerprintOf({ augment: 'full', augmentations: 3 });
    assert.equal(new Set([plain, flip, full, more]).size, 4);
  });

  it('tells of a picture that cannot be decoded once, and leaves it out', async () => {
    const before = await prepared({ augment: 'full', augmentations: 3 });
    before.features.close();
    const [{ id, file }] = before.dataset.images.filter(({ id: one }) =>
      before.dataset.splits.train.includes(one),
    );
    fs.writeFileSync(file, 'no picture');
    const after = await prepared({ augment: 'full', augmentations: 3 });
    after.features.close();
    assert.deepEqual(
      after.problems.map(({ where }) => where),
      [id],
    );
    assert.ok(!after.dataset.splits.train.includes(id));
  });
});
