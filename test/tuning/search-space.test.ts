import assert from 'node:assert/strict';
import { Random } from '../../lib/random';
import { checkTried, draw, parseSearchSpace, type Range } from '../../lib/tuning/search-space';
import { assertUserError } from '../helpers/user-error';

describe('tuning: search space', () => {
  it('values are read as flags are', () => {
    assert.deepEqual(
      parseSearchSpace([
        'learningRate=2e-4,5e-4',
        'captioner=transformer,show-and-tell',
        'tiedEmbedding=true,false',
        'lstmUnits=256,64/128',
        'seed=1',
        'encoderWeights=C:x',
      ]),
      {
        learningRate: [2e-4, 5e-4],
        captioner: ['transformer', 'show-and-tell'],
        tiedEmbedding: [true, false],
        lstmUnits: [[256], [64, 128]],
        seed: [1],
        encoderWeights: ['C:x'],
      },
    );
  });

  it('ranges are linear, but those of learning rates', () => {
    assert.deepEqual(
      parseSearchSpace([
        'dropout=0.1:0.5',
        'clipNorm=0.1:10:log',
        'learningRate=1e-4:1e-2',
        'scstLearningRate=1e-5:2e-5:linear',
        'finalLearningRateFactor=0:0.1', // a share
      ]),
      {
        dropout: { low: 0.1, high: 0.5, scale: 'linear' },
        clipNorm: { low: 0.1, high: 10, scale: 'log' },
        learningRate: { low: 1e-4, high: 1e-2, scale: 'log' },
        scstLearningRate: { low: 1e-5, high: 2e-5, scale: 'linear' },
        finalLearningRateFactor: { low: 0, high: 0.1, scale: 'linear' },
      },
    );
  });

  const wrong: [texts: string[], sentence: RegExp][] = [
    [['learnRate=1'], /"learnRate".*learningRate/],
    [['learning-rate=1'], /"learning-rate".*learningRate/],
    [['beam_width=1'], /"beam_width".*beamWidth/],
    [['model=transformer'], /Unknown option "model"/],
    [['epochs'], /--try: expected name=value.*"epochs"/],
    [['=3'], /--try.*"=3"/],
    [['epochs=3,x'], /--try epochs: expected an integer >= 1, got "x"/],
    [['epochs='], /--try epochs.*""/],
    [['dropout=0.1:1'], /--try dropout.*< 1, got "1"/],
    [['dropout=0.1:'], /--try dropout.*""/],
    [['dropout=0.1:0.2:cubic'], /--try dropout.*low:high:log/],
    [['dropout=0.1:0.2:log:log'], /--try dropout.*low:high:log/],
    [['captioner=lstm'], /--try captioner: expected one of .*transformer.*"lstm"/],
    [['captioner=transformer:show-and-tell'], /--try captioner.*"transformer:show-and-tell"/],
    [['epochs=3', 'epochs=4'], /epochs is given twice/],
  ];
  for (const [texts, sentence] of wrong)
    it(`refuses ${texts.join(' ')}`, () => assertUserError(() => parseSearchSpace(texts), sentence));

  it('refuses ranges that hold nothing', async () => {
    const range = (low: number, high: number, scale: Range['scale'] = 'linear') => ({ low, high, scale });
    await assertUserError(() => checkTried('dropout', range(0.5, 0.1)), /0\.5:0\.1 of dropout.*smaller/);
    await assertUserError(
      () => checkTried('dropout', range(0, 0.1, 'log')),
      /dropout: expected a start > 0 on a log scale, got 0/,
    );
    await assertUserError(() => checkTried('captioner', range(0, 1)), /captioner.*list its values/);
    await assertUserError(() => checkTried('dropout', []), /dropout/);
  });

  const draws = (name: string, tried: Parameters<typeof draw>[1], count = 3000) => {
    const random = new Random(3, 'test');
    return Array.from({ length: count }, () => draw(name, tried, random) as number);
  };
  const share = (values: number[], is: (value: number) => boolean) =>
    values.filter(is).length / values.length;

  it('draws evenly from a range, of factors on a log scale', () => {
    const linear = draws('dropout', { low: 0.1, high: 0.5, scale: 'linear' });
    assert.ok(linear.every((value) => value >= 0.1 && value <= 0.5));
    assert.ok(Math.abs(share(linear, (value) => value < 0.3) - 0.5) < 0.03);
    const log = draws('learningRate', { low: 1e-4, high: 1e-2, scale: 'log' });
    assert.ok(log.every((value) => value >= 1e-4 && value <= 1e-2));
    assert.ok(Math.abs(share(log, (value) => value < 1e-3) - 0.5) < 0.03);
    assert.ok(log.every((value) => value === Number(value.toPrecision(3))));
  });

  it('draws integers, both ends too, where the option takes nothing else', () => {
    for (const scale of ['linear', 'log'] as const) {
      const values = draws('layers', { low: 1, high: 4, scale });
      assert.deepEqual([...new Set(values)].sort(), [1, 2, 3, 4]);
    }
    const even = draws('layers', { low: 1, high: 4, scale: 'linear' });
    for (const value of [1, 2, 3, 4]) assert.ok(Math.abs(share(even, (one) => one === value) - 0.25) < 0.03);
  });

  it('draws each value of a list as often', () => {
    const values = draws('epochs', [1, 2, 3]);
    for (const value of [1, 2, 3]) assert.ok(Math.abs(share(values, (one) => one === value) - 1 / 3) < 0.03);
  });
});
