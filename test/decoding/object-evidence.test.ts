import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { Decoder } from '../../lib/decoding/decoder';
import { objectEvidence, weighObjects } from '../../lib/decoding/object-evidence';
import { decodingOptions, type DecodingOptions } from '../../lib/decoding/options';
import { languageOf } from '../../lib/language/language-of';
import { nativeTensorCount } from '../../lib/native/backend';
import { END, Tokenizer } from '../../lib/tokenizer';
import { imageNumbers, TableCaptioner } from '../helpers/table-captioner';

const [A, B] = [4, 5];

function assertNear(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) =>
    assert.ok(Math.abs(value - expected[i]) < 1e-5, `${value}, not ${expected[i]}`),
  );
}

describe('objects that a detector sees', () => {
  it('are judged by their highest probability at any region, within bounds', async () => {
    // Two images of two regions: three channels of features, then twice the probabilities of two categories.
    const features = tf.tensor3d([
      [9, 9, 9, 0, 2 * 0.3],
      [9, 9, 9, 2 * 0.075, 2 * 0.1],
      [9, 9, 9, 2 * 0.9, 0],
      [9, 9, 9, 0, 0],
    ].flat(), [2, 2, 5]); // prettier-ignore
    const judge = () => objectEvidence(features, { categories: 2, scale: 2, named: () => [] });
    const evidence = await judge();
    const before = nativeTensorCount();
    await judge();
    assertNear(evidence.flat(), [0, Math.log(4), Math.log(0.5 / 0.075), Math.log(0.2)]);
    assert.equal(nativeTensorCount(), before);
    features.dispose();
  });

  it('lift captions that name them and lower those that name others; what does not end stays behind', () => {
    const caption = (tokens: number[], score: number, ends = true) => ({
      tokens,
      logProbabilities: new Array<number>(tokens.length + (ends ? 1 : 0)).fill(-1),
      attention: [],
      score,
    });
    const captions = [caption([1, 2], -1), caption([2], -1.1), caption([3], -1.2), caption([1], -0.5, false)];
    const named = (tokens: readonly number[]) => tokens.filter((token) => token < 3);
    const evidence = [0, 1.5, -1];
    const weighed = weighObjects(captions, evidence, { named }, 0.5);
    assert.deepEqual(
      weighed.map(({ tokens }) => tokens),
      [[1, 2], [3], [2], [1]],
    );
    assertNear(
      weighed.map(({ score }) => score),
      [-1 + 0.25, -1.2, -1.1 - 0.5, -0.5 + 0.75],
    );
  });

  /** A is a little likelier than B; the features of an image are its number, here whether the detector is sure of A. */
  const decode = async (options: Partial<DecodingOptions>, knowsObjects = true, captions = 1) => {
    const captioner = new TableCaptioner((_, tokens) => {
      const next: Record<number, number> = tokens.length === 1 ? { [A]: 0.1, [B]: 0 } : { [END]: 0 };
      return Array.from({ length: 6 }, (_unused, token) => next[token] ?? -20);
    });
    const named = (tokens: readonly number[]) => (tokens.includes(A) ? [0] : []);
    const decoder = new Decoder(
      [captioner],
      knowsObjects ? { objects: { categories: 1, scale: 1, named } } : {},
    );
    const constraints = { include: [], exclude: [] };
    const all = decodingOptions.parse(options);
    const found = await decoder.decodeSeveral([{}], [imageNumbers(0, 1)], all, { captions, constraints });
    decoder.dispose();
    return found.map((own) => own.map(({ tokens }) => tokens[0]));
  };

  it('decide between captions of the beam that are nearly as likely', async () => {
    assert.deepEqual(await decode({}), [[B], [A]]);
    assert.deepEqual(await decode({ objectWeight: 0 }), [[A], [A]]);
    assert.deepEqual(await decode({ objectWeight: 0.001 }), [[A], [A]]);
    assert.deepEqual(await decode({}, false), [[A], [A]]);
    assert.deepEqual(await decode({ method: 'greedy' }), [[A], [A]]);
    assert.deepEqual(await decode({}, true, 2), [[B, A], [A, B]]); // prettier-ignore
  });

  it('are known where the last encoder is a detector, by the words of captions', () => {
    const tokenizer = Tokenizer.fit(['a man and a puppy with another man'], {
      minFrequency: 1,
      maxVocabSize: 20,
    });
    const tokens = tokenizer.encode('a man and a puppy with another man').slice(1, -1);
    const { forbids, objects } = languageOf('efficientnet-lite0+ssdlite-mobilenet-v2', tokenizer, []);
    assert.ok(forbids?.(tokens, tokenizer.idOf('puppy')));
    assert.equal(objects?.categories, 80);
    assert.deepEqual(objects.named(tokens), [0, 16]); // person and dog in COCO's order
    assert.equal(languageOf('ssdlite-mobilenet-v2+efficientnet-lite0', tokenizer).objects, undefined);
    assert.equal(languageOf('efficientnet-lite0', tokenizer).objects, undefined);
  });
});
