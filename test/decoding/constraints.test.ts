import assert from 'node:assert/strict';
import { automatonOf } from '../../lib/decoding/automaton';
import { constraintsOf, type WordChoice } from '../../lib/decoding/constraints';
import { singularAndPlural } from '../../lib/decoding/word-forms';
import { Tokenizer } from '../../lib/tokenizer';
import { assertUserError } from '../helpers/user-error';

const VOCABULARY =
  'a the cat cats dog dogs kitten black fire hydrant hydrants man men woman women running runs';
const tokenizer = Tokenizer.fit([VOCABULARY], { minFrequency: 1, maxVocabSize: 100 });

/** Constraints as texts. */
function texts(include: readonly WordChoice[], exclude: readonly WordChoice[] = []) {
  const found = constraintsOf({ include, exclude }, tokenizer);
  return {
    include: found.include.map((phrases) => phrases.map((phrase) => tokenizer.decode(phrase))),
    exclude: found.exclude.map((phrase) => tokenizer.decode(phrase)),
  };
}

describe('constraints', () => {
  it('of a word are met by its singular and its plural', () => {
    assert.deepEqual(texts(['cat', 'Dogs', 'woman']).include, [
      ['cat', 'cats'],
      ['dogs', 'dog'],
      ['woman', 'women'],
    ]);
    assert.deepEqual(texts([], ['men']).exclude, ['men', 'man']);
  });

  it('of a list, or of a text with |, are met by what it holds as it is', () => {
    const expected = [['cat', 'kitten']];
    assert.deepEqual(texts([['cat', 'kitten']]).include, expected);
    assert.deepEqual(texts(['cat | kitten']).include, expected);
    assert.deepEqual(texts([], [['man']]).exclude, ['man']);
  });

  it('of a phrase are met by its words in a row, the last one in singular or plural', () => {
    assert.deepEqual(texts(['fire-hydrant', ['black cat']]).include, [
      ['fire hydrant', 'fire hydrants'],
      ['black cat'],
    ]);
  });

  it('of forms of one word are one', () => {
    assert.equal(texts(['cat', 'cats', ['cats', 'cat']]).include.length, 1);
    assert.deepEqual(texts([], ['dog', 'dogs']).exclude, ['dog', 'dogs']);
  });

  const wrong: [include: unknown, exclude: unknown, sentence: RegExp][] = [
    [['kat'], [], /include: .* no word "kat"; the nearest that it has: "cat"/],
    [[], ['black kitte'], /exclude: .* no word "kitte"; .*"kitten"/],
    [[['cat', 'pussy']], [], /no word "pussy"/],
    [['xylophone'], [], /no word "xylophone"; choose another word/],
    [[], ['dog,cat'], /exclude: "dog,cat" has a comma: give each word on its own/],
    [[''], [], /include: "" holds no word/],
    [[], ['cat|'], /exclude: "" holds no word/],
    [['?!'], [], /"\?!" holds no word/],
    [['cat'], ['cats'], /"cat" is both in include and in exclude: take it out of one/],
    [['black cat'], ['black'], /"black" in "black cat" is both in include and in exclude/],
    ['cat', [], /include: expected a list of words.*got "cat"/],
    [[['cat', 3]], [], /include: expected a list of words/],
    [[[]], [], /include: expected a list of words/],
    [[], VOCABULARY.split(' '), /every word of the vocabulary is excluded/],
  ];
  for (const [include, exclude, sentence] of wrong) {
    it(`refuses ${JSON.stringify({ include, exclude }).slice(0, 60)}`, () =>
      assertUserError(() => texts(include as WordChoice[], exclude as WordChoice[]), sentence));
  }
});

describe('singular and plural', () => {
  const pairs =
    'dog/dogs bus/buses dress/dresses box/boxes bench/benches brush/brushes baby/babies boy/boys tomato/tomatoes ' +
    'leaf/leaves knife/knives wolf/wolves man/men fireman/firemen human/humans child/children person/people foot/feet';
  const all = new Set(pairs.split(/[ /]/));
  for (const pair of pairs.split(' ')) {
    it(pair, () => {
      const [one, many] = pair.split('/');
      assert.deepEqual(singularAndPlural(one, (word) => all.has(word)), [one, many]); // prettier-ignore
      assert.deepEqual(singularAndPlural(many, (word) => all.has(word)), [many, one]); // prettier-ignore
    });
  }

  it('short words have none', () => {
    const known = new Set(['a', 'as', 'i', 'is', 'it', 'its', 'his', 'hi']);
    for (const word of known) assert.deepEqual(singularAndPlural(word, (one) => known.has(one)), [word]); // prettier-ignore
  });

  it('unknown forms are left out', () => assert.deepEqual(singularAndPlural('cat', (one) => one === 'cats'), ['cats'])); // prettier-ignore
});

describe('the automaton of constrained search', () => {
  const accepts = (include: number[][][], tokens: number[]) => {
    const automaton = automatonOf(include);
    return automaton.isAccepting(tokens.reduce((state, token) => automaton.next(state, token), 0));
  };

  it('has a state for each set of words met', () => {
    assert.equal(automatonOf([]).states, 1);
    assert.equal(automatonOf([[[4]], [[5], [6]], [[7]]]).states, 8);
    assert.equal(automatonOf([[[4, 5]]]).states, 3); // nothing, the first word, both
  });

  it('finds phrases that begin anew within themselves', () => {
    assert.ok(accepts([[[4, 4, 5]]], [4, 4, 4, 5]));
    assert.ok(accepts([[[4, 5, 4, 6]]], [4, 5, 4, 5, 4, 6]));
    assert.ok(accepts([[[4, 5, 6], [5, 7]]], [4, 5, 7])); // prettier-ignore
    assert.ok(!accepts([[[4, 5]]], [4, 6, 5]));
  });
});
