import assert from 'node:assert/strict';
import { crossAttention } from '../../lib/captioners/cross-attention';
import { transformer } from '../../lib/captioners/transformer';
import { configure } from '../../lib/config/configuration';
import { presets } from '../../lib/config/presets';
import type { Overrides } from '../../lib/config/types';
import { optionOf } from '../helpers/option-of';
import { assertUserError } from '../helpers/user-error';

describe('config: configure', () => {
  it('without anything: the embedded data set with its preset', () => {
    const { data, captioner, model } = configure({}, {});
    assert.deepEqual([data.dataset, data.dataDir, model], ['scenes', 'data/scenes', 'models/scenes']);
    assert.equal(optionOf(captioner, 'embedding'), crossAttention.sizes.scenes.embedding);
  });

  it('a data set of photographs has the defaults of options.ts', () => {
    const { data, captioner, model } = configure({}, { DATASET: 'flickr8k', DATA_DIR: '../f8k' });
    assert.deepEqual([data.dataset, data.dataDir, model], ['flickr8k', '../f8k', 'models/flickr8k']);
    assert.equal(optionOf(captioner, 'embedding'), 512);
  });

  it('a kind of captioner has the sizes that the preset has for it, else its own defaults', () => {
    const embedding = (preset: string) =>
      optionOf(configure({ preset, captioner: { name: 'transformer' } }, {}).captioner, 'embedding');
    assert.equal(embedding('tiny'), transformer.sizes.tiny.embedding);
    assert.equal(embedding('default'), 512);
    assert.equal(embedding('original'), 512);
  });

  it('what is given goes before the environment, and that before the preset', () => {
    const environment = { DATASET: 'coco', DATA_DIR: 'there', PRESET: 'tiny' };
    assert.equal(configure({}, environment).data.dataDir, 'there');
    assert.equal(configure({}, environment).data.limit, 24);
    const given: Overrides = { data: { dataset: 'flickr8k', dataDir: 'here', limit: 5 }, preset: 'default' };
    assert.deepEqual(
      [configure(given, environment).data.dataset, configure(given, environment).data.dataDir],
      ['flickr8k', 'here'],
    );
    assert.equal(configure(given, environment).data.limit, 5);
  });

  it("a preset's folder is one for scenes", () => {
    assert.equal(configure({}, { PRESET: 'tiny' }).data.dataDir, 'data/tiny');
    assert.equal(configure({}, { PRESET: 'tiny', DATASET: 'coco' }).data.dataDir, 'data/coco');
  });

  it('an empty variable is none', () => {
    assert.deepEqual(configure({}, { DATASET: '', DATA_DIR: '', PRESET: '' }), configure({}, {}));
  });

  for (const preset of Object.keys(presets))
    it(`the preset ${preset} is right`, () => assert.ok(configure({ preset }, {})));

  const wrong: [what: string, overrides: unknown, environment: NodeJS.ProcessEnv, sentence: RegExp][] = [
    [
      'a number out of its range',
      { training: { epochs: 0 } },
      {},
      /training\.epochs: expected an integer >= 1, got 0/,
    ],
    [
      'a number of a list',
      { captioner: { lstmUnits: [8, 0] } },
      {},
      /captioner\.lstmUnits.*integer >= 1 and <= 16384, got \[8,0\]/,
    ],
    ['a name', { decoding: { method: 'magic' } }, {}, /decoding\.method: expected one of beam.*"magic"/],
    ['an unknown option', { training: { epoch: 3 } }, {}, /Unknown option training\.epoch/],
    ['an unknown group', { trainings: {} }, {}, /Unknown option trainings/],
    ['DATASET', {}, { DATASET: 'flicker' }, /data\.dataset: expected one of .*flickr8k.*"flicker"/],
    ['PRESET', {}, { PRESET: 'huge' }, /"huge".*tiny/],
    ['a preset of all objects', { preset: 'constructor' }, {}, /"constructor"/],
  ];
  for (const [what, overrides, environment, sentence] of wrong) {
    it(`refuses ${what}`, () =>
      assertUserError(() => configure(overrides as Overrides, environment), sentence));
  }
});
