import assert from 'node:assert';
import { END, OOV, PAD, START, Tokenizer, splitWords } from '../lib/tokenizer';
import { UserError } from '../lib/errors';

describe('splitWords', () => {
  // What keras.preprocessing.text.text_to_word_sequence of TensorFlow 2.21 gives.
  const keras: [string, string[]][] = [
    ['A dog, a ball and a DOG!', ['a', 'dog', 'a', 'ball', 'and', 'a', 'dog']],
    [
      "Two dogs run; the dog's ball-game (fast)",
      ['two', 'dogs', 'run', 'the', "dog's", 'ball', 'game', 'fast'],
    ],
    ['', []],
    ['  ', []],
    ["it's 3.5 o'clock", ["it's", '3', '5', "o'clock"]],
    ['tab\there\nnew', ['tab', 'here', 'new']],
    ['Ünïcode — “quotes” étoile', ['ünïcode', '—', '“quotes”', 'étoile']],
    ['a_b c/d e\\f [g] {h} ~i| j`k^l', ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l']],
    ['  a  b ', ['a', 'b']],
  ];
  for (const [caption, words] of keras) {
    it(`splits ${JSON.stringify(caption)} as Keras does`, () =>
      assert.deepStrictEqual(splitWords(caption), words));
  }
});

describe('Tokenizer', () => {
  const captions = ['the cat sat on the mat', 'the dog sat', 'a cat and a dog', 'zebra', 'The Cat!'];
  const text = 'the cat and the unicorn sat on a zebra';

  /** Keras' ids: its words follow PAD and OOV, ours follow START and END as well. */
  const fromKeras = (ids: number[]): number[] => [START, ...ids.map((id) => (id === 1 ? OOV : id + 2)), END];

  it('numbers words as Keras does: by falling frequency, ties by first occurrence', () => {
    const tokenizer = Tokenizer.fit(captions, { minFrequency: 1, maxVocabSize: 100 });
    assert.deepStrictEqual(tokenizer.encode(text), fromKeras([2, 3, 9, 2, 1, 4, 7, 6, 10]));
    assert.strictEqual(tokenizer.size, 13); // 9 words
  });

  it('keeps the most frequent words as num_words does', () => {
    // Keras with num_words=6: ids below 6, so four words; with num_words=4 two.
    const four = Tokenizer.fit(captions, { minFrequency: 1, maxVocabSize: 8 });
    assert.deepStrictEqual(four.encode(text), fromKeras([2, 3, 1, 2, 1, 4, 1, 1, 1]));
    assert.strictEqual(four.size, 8);
    const two = Tokenizer.fit(captions, { minFrequency: 1, maxVocabSize: 6 });
    assert.deepStrictEqual(two.encode(text), fromKeras([2, 3, 1, 2, 1, 1, 1, 1, 1]));
  });

  it('leaves out words below the minimum frequency', () => {
    const tokenizer = Tokenizer.fit(captions, { minFrequency: 3, maxVocabSize: 100 });
    assert.deepStrictEqual(tokenizer.toJSON().words, ['the', 'cat']);
    assert.throws(() => Tokenizer.fit(captions, { minFrequency: 9, maxVocabSize: 100 }), UserError);
    assert.throws(() => Tokenizer.fit([], { minFrequency: 1, maxVocabSize: 100 }), UserError);
  });

  it('decodes up to END, without PAD and START', () => {
    const tokenizer = Tokenizer.fit(captions, { minFrequency: 1, maxVocabSize: 100 });
    assert.strictEqual(tokenizer.decode(tokenizer.encode('The dog sat.')), 'the dog sat');
    const [, dog] = tokenizer.encode('dog');
    assert.strictEqual(tokenizer.decode([START, dog, PAD, OOV, END, dog]), 'dog <unk>');
    assert.throws(() => tokenizer.decode([tokenizer.size]), RangeError);
    assert.throws(() => tokenizer.decode([-1]), RangeError);
  });

  it('takes no caption word for a special token, nor for a property of an object', () => {
    const tokenizer = Tokenizer.fit(['<start> constructor __proto__ <end>'], {
      minFrequency: 1,
      maxVocabSize: 100,
    });
    const ids = tokenizer.encode('<start> constructor proto toString <end>');
    assert.deepStrictEqual(ids, [START, 4, 5, 6, OOV, 7, END]);
    assert.strictEqual(tokenizer.decode(ids), 'start constructor proto <unk> end');
  });

  it('is the same after it was stored', () => {
    const tokenizer = Tokenizer.fit([...captions, 'étoile “x”'], { minFrequency: 1, maxVocabSize: 100 });
    const restored = Tokenizer.fromJSON(JSON.parse(JSON.stringify(tokenizer)));
    assert.deepStrictEqual(restored.encode(`${text} Étoile`), tokenizer.encode(`${text} Étoile`));
    assert.strictEqual(restored.size, tokenizer.size);
    for (const broken of [null, {}, { words: 'a' }, { words: [] }, { words: ['a', 'a'] }, { words: [1] }])
      assert.throws(() => Tokenizer.fromJSON(broken), UserError);
  });
});
