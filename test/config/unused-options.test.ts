import assert from 'node:assert/strict';
import { configure } from '../../lib/config/configuration';
import { namedOptions } from '../../lib/config/named-options';
import type { Overrides } from '../../lib/config/types';
import { nearestName } from '../../lib/nearest';
import { presets } from '../../lib/config/presets';
import { assertUserError } from '../helpers/user-error';

describe('config: options without effect', () => {
  it('conditions name an option and values that it has', () => {
    const options = namedOptions();
    const conditions = options.flatMap(({ condition }) => condition ?? []);
    assert.ok(conditions.length > 20);
    for (const { option, values } of conditions) {
      const other = options.find(({ name }) => name === option);
      assert.ok(other, option);
      for (const value of values) assert.ok(other.schema.safeParse(value).success, `${option} ${value}`);
    }
  });

  it('are refused in a notebook, too', async () => {
    await assertUserError(
      () => configure({ decoding: { topK: 5 } }, {}),
      /^decoding\.topK has no effect with decoding\.method beam: it counts with decoding\.method sample\.$/,
    );
    await assertUserError(
      () => configure({ captioner: { name: 'transformer', lstmUnits: [3] } }, {}),
      /captioner\.lstmUnits has no effect with captioner\.name transformer/,
    );
    await assertUserError(
      () => configure({ training: { scstSamples: 3 } }, {}),
      /training\.scstSamples has no effect without training\.scstEpochs/,
    );
  });

  it('may be given where the other option has the value, or where they ask for nothing', () => {
    const sampled = configure({ decoding: { method: 'sample', topK: 5 } }, {});
    assert.equal(sampled.decoding.topK, 5);
    assert.equal(configure({ training: { scstEpochs: 1, scstSamples: 3 } }, {}).training.scstSamples, 3);
    assert.equal(configure({ decoding: { topK: 0 } }, {}).decoding.topK, 0);
  });

  it('no preset has one, and a whole configuration may be given again', () => {
    for (const preset of Object.keys(presets)) {
      const { data, encoder, captioner, training, decoding } = configure({ preset }, {});
      configure({ preset, data, encoder, captioner, training, decoding }, {});
    }
  });
});

describe('config: near names', () => {
  const names = [
    'batchSize',
    'batchNorm',
    'beamWidth',
    'headSize',
    'epochs',
    'learningRate',
    'topK',
    'method',
  ];
  const meant: [typed: string, name: string | undefined][] = [
    ['lr', 'learningRate'],
    ['batch', 'batchSize'],
    ['beam', 'beamWidth'],
    ['beamSize', 'beamWidth'],
    ['beam_width', 'beamWidth'],
    ['--top-k', 'topK'],
    ['epoch', 'epochs'],
    ['epcohs', 'epochs'],
    ['metod', 'method'],
    ['quux', undefined],
    ['', undefined],
  ];
  for (const [typed, name] of meant)
    it(`${typed || 'nothing'}: ${name}`, () => assert.equal(nearestName(typed, names), name));

  it('are told with the group that has them', async () => {
    const cases: [overrides: Overrides, sentence: RegExp][] = [
      [{ training: { lr: 1 } }, /Unknown option training\.lr: did you mean training\.learningRate\?/],
      [{ epochs: 3 }, /Unknown option epochs: did you mean training\.epochs\?/],
      [{ training: { beamWidth: 3 } }, /did you mean decoding\.beamWidth\?/],
      [{ training: { quux: 3 } }, /^Unknown option training\.quux: docs/],
      [{ captioner: 'x' }, /^Unknown captioner "x": expected one of cross-attention, /],
      [{ training: 5 } as unknown as Overrides, /^Option training: expected options in \{ … \}, got 5\.$/],
      [
        { captioner: 5 } as unknown as Overrides,
        /^Option captioner: expected \{ name: … \}, a name of cross-attention, .*, got 5\.$/,
      ],
      [{ training: { epochs: NaN } }, /expected an integer >= 1, got NaN/],
    ];
    for (const [overrides, sentence] of cases)
      await assertUserError(() => configure(overrides, {}), sentence);
  });
});
