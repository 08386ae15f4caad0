import assert from 'node:assert/strict';
import { sentenceBleu } from '../../lib/metrics/bleu';
import { Cider } from '../../lib/metrics/cider';
import { CaptionReward, objectReward, rewardOf } from '../../lib/training/caption-reward';

describe('the reward of a caption', () => {
  it('leaves out the references nearest to a caption, but never all', () => {
    assert.equal(rewardOf([1, 8, 3, 2, 0], 0), 2.8);
    assert.equal(rewardOf([1, 8, 3, 2, 0], 1), 1.5);
    assert.equal(rewardOf([1, 8, 3, 2, 0], 2), 1);
    assert.equal(rewardOf([4, 2], 3), 2);
    assert.equal(rewardOf([4], 1), 4);
  });

  it('pays more for what several people say than for one reference by heart', () => {
    const odd = 'two lacrosse players in full gear compete';
    const cider = new Cider({
      game: [
        'boys play on a field',
        'boys play a game on grass',
        'some boys play',
        'boys run on a field',
        odd,
      ],
      dog: ['a dog runs', 'a brown dog runs', 'the dog runs fast', 'a dog jumps', 'a dog is running'],
      sea: ['a man surfs', 'a surfer on a wave', 'a man on a wave', 'the man is surfing', 'a man in the sea'],
    });
    const reward = (text: string, skipped: number) => rewardOf(cider.similarities('game', text), skipped);
    const [shared, learned] = ['the boys are outside on a field', odd];
    assert.ok(
      cider.scoreOne('game', learned) > cider.scoreOne('game', shared),
      'CIDEr itself pays for the odd one',
    );
    assert.equal(reward(learned, 0), cider.scoreOne('game', learned));
    assert.ok(
      reward(shared, 1) > 0.9 && reward(learned, 1) === 0,
      `${reward(shared, 1)}, ${reward(learned, 1)}`,
    );
  });

  const references = {
    park: ['a man throws a frisbee to his dog', 'a dog and a man in a park', 'a man plays with a dog'],
    sea: ['a man surfs', 'a surfer on a wave', 'the man is surfing'],
  };
  const rewarding = (options: { scstBleuWeight?: number; scstObjectWeight?: number }) =>
    new CaptionReward(references, { scstSkipNearest: 1, scstBleuWeight: 0, scstObjectWeight: 0, ...options });

  it('is CIDEr alone without weights, and the end counts in it', () => {
    const reward = rewarding({});
    assert.ok(
      reward.of('park', 'a man plays with a dog', true) > reward.of('park', 'a man plays with a dog', false),
    );
    assert.equal(reward.of('park', 'zebras', true), reward.of('park', 'lions', true));
  });

  it('pays for the objects that people named, and takes away for those that nobody did', () => {
    const shown = new Set(['person', 'dog', 'frisbee', 'car']);
    assert.equal(objectReward(['person', 'dog'], shown), 0.5);
    assert.equal(objectReward(['person', 'dog', 'cat'], shown), -0.5);
    assert.equal(objectReward(['dog', 'dog'], shown), 0.25);
    assert.equal(objectReward([], new Set()), 0);
    const gain = (text: string) =>
      rewarding({ scstObjectWeight: 2 }).of('park', text, true) - rewarding({}).of('park', text, true);
    assert.ok(Math.abs(gain('a woman with a puppy') - 4 / 3) < 1e-12); // person and dog of person, dog, frisbee
    assert.ok(Math.abs(gain('a cat') + 2) < 1e-12);
  });

  it('adds BLEU of the references that count', () => {
    const text = 'a man plays with a dog';
    const ended = (caption: string) => `${caption} endofcaption`.split(' ');
    const [first, second] = references.park;
    const difference =
      rewarding({ scstBleuWeight: 3 }).of('park', text, true) - rewarding({}).of('park', text, true);
    assert.ok(Math.abs(difference - 3 * sentenceBleu(ended(text), [ended(first), ended(second)])) < 1e-12);
  });

  it('BLEU of one caption is smoothed: 1 for a reference, and more for a common bigram than for none', () => {
    const reference = 'the cat is on the mat'.split(' ');
    assert.ok(Math.abs(sentenceBleu(reference, [reference]) - 1) < 1e-6);
    // precisions (1 + 0) / 2 of one word in two, (0 + 1) / (1 + 1), 1, 1; half as long: exp(1 - 3)
    assert.ok(
      Math.abs(sentenceBleu(['the', 'dog'], [reference]) - (0.5 * 0.5) ** 0.25 * Math.exp(-2)) < 1e-6,
    );
    assert.ok(sentenceBleu(['the', 'cat'], [reference]) > sentenceBleu(['cat', 'the'], [reference]));
  });
});
