import '../../lib/native/backend';
import assert from 'node:assert/strict';
import { isAllowed } from '../../lib/decoding/caption';
import { Decoder } from '../../lib/decoding/decoder';
import { decodingOptions, type DecodingOptions } from '../../lib/decoding/options';
import { END, Tokenizer } from '../../lib/tokenizer';
import { imageNumbers, TableCaptioner } from '../helpers/table-captioner';

const tokenizer = Tokenizer.fit(['a dog and a cat and a dog'], {
  minFrequency: 1,
  maxVocabSize: 20,
});
const AND = tokenizer.idOf('and');

describe('a phrase on both sides of "and"', () => {
  const allowed = (before: string, word: string) =>
    isAllowed(tokenizer.encode(before).slice(1, -1), tokenizer.idOf(word), {
      noRepeatNgram: 0,
      conjunction: AND,
    });

  it('is found when its last word comes', () => {
    assert.equal(allowed('dog and', 'dog'), false);
    assert.equal(allowed('a dog and', 'a'), true);
    assert.equal(allowed('a dog and a', 'dog'), false);
    assert.equal(allowed('a dog and a', 'cat'), true);
    assert.equal(allowed('dog and a', 'dog'), true); // "dog" and "a dog" are two phrases
    assert.equal(allowed('dog and cat', 'dog'), true);
    assert.equal(allowed('and', 'dog'), true);
    assert.equal(allowed('cat and a dog and a', 'dog'), false);
  });

  it('never comes out of a search, unless it is asked for', async () => {
    const wanted = tokenizer.encode('a dog and a dog').slice(1);
    const other = tokenizer.idOf('cat');
    // The wanted caption word by word; a cat is what comes else, then the end.
    const captioner = new TableCaptioner((_, tokens) => {
      const isPrefix = tokens.slice(1).every((token, i) => token === wanted[i]);
      return Array.from({ length: tokenizer.size }, (_unused, token) => {
        if (!isPrefix) return token === END ? 0 : -9;
        return token === wanted[tokens.length - 1] ? 0 : token === other ? -2 : -9;
      });
    });
    const caption = async (options: Partial<DecodingOptions>, joint?: number) => {
      const decoder = new Decoder([captioner], { conjunction: joint });
      const all = decodingOptions.parse({ noRepeatNgram: 0, beamWidth: 1, ...options });
      const [{ tokens }] = await decoder.decode([{}], [imageNumbers(0)], all);
      decoder.dispose();
      return tokenizer.decode(tokens);
    };
    for (const method of ['beam', 'greedy', 'sample'] as const) {
      assert.equal(
        await caption({ method, temperature: 0.01, allowEcho: true }, AND),
        'a dog and a dog',
        method,
      );
      assert.notEqual(await caption({ method, temperature: 0.01 }, AND), 'a dog and a dog', method);
    }
    assert.equal(await caption({ method: 'greedy' }, AND), 'a dog and a cat');
    assert.equal(await caption({ method: 'greedy' }), 'a dog and a dog'); // a vocabulary without the word
  });
});
