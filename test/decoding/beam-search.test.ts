import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { decodingOptions, type DecodingOptions } from '../../lib/decoding/options';
import { END, OOV, PAD, START } from '../../lib/tokenizer';
import { nativeTensorCount } from '../../lib/native/backend';
import { Random } from '../../lib/random';
import { everyCaption } from '../helpers/exhaustive-search';
import { assertSameCaptions } from '../helpers/captions';
import { decodeOnce } from '../helpers/decode';
import { imageNumbers, TableCaptioner, type Table } from '../helpers/table-captioner';

const [A, B, C] = [4, 5, 6];
const VOCABULARY = 7;

/** Random logits by image and prefix. */
const randomTable: Table = (image, tokens) => {
  const random = new Random(image, ...tokens);
  return Array.from({ length: VOCABULARY }, () => 2 * random.normal());
};

/** Probabilities by prefix, such as 'A B'; every other prefix ends. */
function tableOf(probabilities: Record<string, Record<number, number>>): Table {
  const names: Record<number, string> = { [A]: 'A', [B]: 'B', [C]: 'C' };
  return (_, [, ...tokens]) => {
    const given = probabilities[tokens.map((word) => names[word]).join(' ')] ?? { [END]: 1 };
    return Array.from({ length: VOCABULARY }, (_unused, word) => Math.log(given[word] ?? 1e-9));
  };
}

function decode(table: Table, options: Partial<DecodingOptions>, ...images: number[]) {
  const all = decodingOptions.parse({ noRepeatNgram: 0, ...options });
  return decodeOnce(new TableCaptioner(table), {}, imageNumbers(...(images.length > 0 ? images : [0])), all);
}

describe('beam search', () => {
  for (const lengthPenalty of [0, 0.7, 1]) {
    it(`as wide as there are captions finds the best of all (length penalty ${lengthPenalty})`, async () => {
      const images = [1, 2, 3, 4, 5, 6];
      const options = { beamWidth: 100, maxLength: 4, lengthPenalty };
      const captions = await decode(randomTable, options, ...images);
      captions.forEach((caption, i) => {
        const [best] = everyCaption(randomTable, images[i], 4, lengthPenalty);
        assert.deepEqual(caption.tokens, best.tokens);
        assert.ok(Math.abs(caption.score - best.score) < 1e-5);
        caption.logProbabilities.forEach((p, j) => assert.ok(Math.abs(p - best.logProbabilities[j]) < 1e-5));
      });
    });
  }

  it('of width 1 is greedy', async () => {
    const images = Array.from({ length: 30 }, (_, i) => i);
    const [beam, greedy] = await Promise.all(
      (['beam', 'greedy'] as const).map((method) =>
        decode(randomTable, { method, beamWidth: 1, maxLength: 8 }, ...images),
      ),
    );
    assert.deepEqual(
      beam.map(({ tokens }) => tokens),
      greedy.map(({ tokens }) => tokens),
    );
  });

  const garden = tableOf({ '': { [A]: 0.6, [B]: 0.4 }, A: { [A]: 0.5, [C]: 0.5 }, B: { [C]: 1 } });

  it('finds a caption that greedy search misses', async () => {
    const [greedy] = await decode(garden, { method: 'greedy' });
    const [beam] = await decode(garden, { beamWidth: 2, lengthPenalty: 0 });
    assert.equal(greedy.tokens[0], A); // 0.6, but no caption that begins so has more than 0.3
    assert.deepEqual(beam.tokens, [B, C]);
    assert.ok(Math.abs(beam.score - Math.log(0.4)) < 1e-5);
  });

  it('ends no caption before its first word', async () => {
    const [caption] = await decode(tableOf({ '': { [END]: 0.9, [A]: 0.1 } }), { beamWidth: 2 });
    assert.deepEqual(caption.tokens, [A]);
  });

  it('with a length penalty prefers longer captions', async () => {
    const ending = tableOf({ '': { [A]: 1 }, A: { [END]: 0.4, [B]: 0.6 }, 'A B': { [B]: 0.6, [C]: 0.4 } });
    const [short] = await decode(ending, { beamWidth: 2, lengthPenalty: 0 });
    const [long] = await decode(ending, { beamWidth: 2, lengthPenalty: 1 });
    assert.deepEqual([short.tokens, long.tokens], [[A], [A, B, B]]);
  });

  it('gives each caption where it looked, and its log-probabilities, the end among them', async () => {
    const [first, second] = await decode(garden, { beamWidth: 2 }, 3, 8);
    for (const [caption, image] of [
      [first, 3],
      [second, 8],
    ] as const) {
      assert.equal(caption.logProbabilities.length, caption.tokens.length + 1);
      assert.deepEqual(
        caption.attention.map((looked) => [...looked]),
        caption.logProbabilities.map(() => [image, image]),
      );
    }
  });

  it('treats each image of a batch as if it were alone', async () => {
    const images = [11, 12, 13, 14];
    const together = await decode(randomTable, { beamWidth: 3 }, ...images);
    const alone = await Promise.all(
      images.map(async (one) => (await decode(randomTable, { beamWidth: 3 }, one))[0]),
    );
    assertSameCaptions(together, alone);
  });

  for (const noRepeatNgram of [1, 2, 3]) {
    it(`repeats no ${noRepeatNgram}-gram`, async () => {
      const options = { noRepeatNgram, beamWidth: 4, maxLength: 12, lengthPenalty: 1 };
      const never = (tokens: number[]) => (tokens.length < 11 ? -20 : 0); // the end is unlikely before
      const table: Table = (image, tokens) => {
        const logits = randomTable(image, tokens.slice(-1));
        logits[END] = never(tokens);
        return logits;
      };
      for (const { tokens } of await decode(table, options, 1, 2, 3, 4)) {
        const grams = tokens
          .slice(noRepeatNgram - 1)
          .map((_, i) => tokens.slice(i, i + noRepeatNgram).join());
        assert.equal(new Set(grams).size, grams.length, tokens.join(' '));
      }
    });
  }

  it('writes at least one word, however likely the end is', async () => {
    const ending: Table = (image, tokens) =>
      randomTable(image, tokens).map((x, word) => (word === END ? 20 : x));
    for (const method of ['beam', 'greedy', 'sample'] as const) {
      for (const { tokens } of await decode(ending, { method, beamWidth: 2 }, 1, 2))
        assert.equal(tokens.length, 1);
    }
  });

  it('never writes padding, unknown or start, however likely they are', async () => {
    const likely: Table = (image, tokens) => {
      const logits = randomTable(image, tokens);
      for (const word of [PAD, OOV, START]) logits[word] = 30;
      return logits;
    };
    for (const beamWidth of [1, 3, 8]) {
      for (const caption of await decode(likely, { beamWidth, maxLength: 5, noRepeatNgram: 1 }, 1, 2, 3)) {
        assert.ok(
          caption.tokens.every((word) => word > END),
          caption.tokens.join(' '),
        );
        assert.ok(caption.logProbabilities.every((p) => p > -1e6));
      }
    }
  });

  it('writes no more than maxLength words, and then gives an unfinished caption', async () => {
    const endless: Table = (image, tokens) => {
      const logits = randomTable(image, tokens);
      logits[END] = -1e4;
      return logits;
    };
    for (const maxLength of [1, 5]) {
      const [{ tokens, logProbabilities }] = await decode(endless, { maxLength });
      assert.deepEqual([tokens.length, logProbabilities.length], [maxLength, maxLength]);
    }
  });

  it('leaves no tensors behind', async () => {
    const features = imageNumbers(1, 2);
    const captioner = new TableCaptioner(randomTable);
    const options = decodingOptions.parse({ beamWidth: 3, maxLength: 6 });
    const run = () => decodeOnce(captioner, {}, features, options);
    await run();
    const before = nativeTensorCount();
    await run();
    await run();
    assert.equal(nativeTensorCount(), before);
    tf.dispose(features);
  });
});
