import assert from 'node:assert/strict';
import { countMentions } from '../../lib/metrics/mentions';

describe('whom captions name', () => {
  const references = {
    a: ['A woman runs.', 'A girl is running', 'someone runs'],
    b: ['A man and his dog', 'A man with a puppy', 'two men'],
    c: ['A boy and a girl', 'a boy', 'children'],
    d: ['a cat', 'a cat on a bed', 'a cat sleeps'],
  };

  it('is counted beside people, and where it is wrong', () => {
    const captions = { a: 'a man runs', b: 'a man with a dog', c: 'a girl', d: 'a dog on a bed' };
    const [men, women, dogs] = countMentions(references, captions);
    // Men: images b and, wrongly, a, the only one where people name women alone.
    assert.deepEqual(men, { group: 'men', captions: 2, people: 1 + 2 / 3, wrong: 1, couldBeWrong: 1 });
    assert.deepEqual(women, { group: 'women', captions: 1, people: 1, wrong: 0, couldBeWrong: 1 });
    assert.deepEqual(dogs, { group: 'dogs', captions: 2, people: 2 / 3, wrong: 1, couldBeWrong: 3 });
  });

  it('does not take a part of a word for a word', () => {
    const [men, women, dogs] = countMentions(references, {
      a: 'a fireman',
      b: 'a human',
      c: 'a hotdog',
      d: 'an omen',
    });
    assert.deepEqual([men.captions, women.captions, dogs.captions], [0, 0, 0]);
  });
});
