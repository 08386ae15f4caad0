import assert from 'node:assert/strict';
import { checkpointsName, compareTrainings } from '../../lib/training/same-training';

const trained = {
  captioner: 'show-and-tell',
  units: 5,
  epochs: 6,
  patience: 4,
  maxMinutes: 0,
  averageCheckpoints: 1,
  learningRate: 1e-3,
  scstEpochs: 0,
  scstSamples: 5,
  'training captions': '#1a2b',
};

describe('one training and another', () => {
  const kindOf = (changes: object, before: object = {}) =>
    compareTrainings({ ...trained, ...before }, { ...trained, ...before, ...changes }).kind;

  it('are the same where nothing counts that differs', () => {
    assert.equal(kindOf({}), 'same');
    assert.equal(kindOf({ scstSamples: 9 }), 'same'); // there is no CIDEr optimization
    assert.deepEqual(compareTrainings({ epochs: 6 }, trained), { kind: 'same', changes: [] }); // an older record
  });

  it('continue where there is more to do', () => {
    assert.equal(kindOf({ epochs: 8 }), 'continued');
    assert.equal(kindOf({ patience: 9 }), 'continued');
    assert.equal(kindOf({ scstEpochs: 2, scstSamples: 9 }), 'continued');
    assert.equal(kindOf({ scstEpochs: 3 }, { scstEpochs: 2 }), 'continued');
    assert.equal(kindOf({ maxMinutes: 0 }, { maxMinutes: 3 }), 'continued'); // 0: no limit
  });

  it('are others where the model would be another', () => {
    assert.equal(kindOf({ learningRate: 1e-2 }), 'another');
    assert.equal(kindOf({ epochs: 5 }), 'another');
    assert.equal(kindOf({ epochs: 8, learningRate: 1e-2 }), 'another');
    assert.equal(kindOf({ maxMinutes: 3 }), 'another');
    assert.equal(kindOf({ scstSamples: 9 }, { scstEpochs: 2 }), 'another');
    assert.equal(kindOf({ epochs: 8 }, { scstEpochs: 2 }), 'another');
    assert.equal(kindOf({ epochs: 8 }, { averageCheckpoints: 3 }), 'another');
  });

  it('say what differs: options with both values, data by its name', () => {
    const now = { ...trained, captioner: 'transformer', units: undefined, 'training captions': '#ffff' };
    assert.deepEqual(compareTrainings(trained, now).changes, [
      'captioner (show-and-tell, now transformer)',
      'units (5, now none)',
      'training captions',
    ]);
  });

  it('share their checkpoints where one continues the other, and only there', () => {
    const name = checkpointsName(trained);
    assert.match(name, /^[0-9a-f]{12}$/);
    assert.equal(
      checkpointsName({ ...trained, epochs: 9, patience: 1, scstEpochs: 2, scstSamples: 3 }),
      name,
    );
    assert.notEqual(checkpointsName({ ...trained, learningRate: 1e-2 }), name);
  });
});
