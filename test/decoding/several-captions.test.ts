import '../../lib/native/backend';
import assert from 'node:assert/strict';
import { decodingOptions, type DecodingOptions } from '../../lib/decoding/options';
import { configure } from '../../lib/config/configuration';
import { Random } from '../../lib/random';
import { END } from '../../lib/tokenizer';
import { decodeSeveralOnce, type PartialRequest } from '../helpers/decode';
import { diverseReference } from '../helpers/diverse-reference';
import { everyCaption } from '../helpers/exhaustive-search';
import { imageNumbers, TableCaptioner, type Table } from '../helpers/table-captioner';
import { assertUserError } from '../helpers/user-error';

/** Random logits by image and prefix. */
const randomTable =
  (vocabSize: number): Table =>
  (image, tokens) => {
    const random = Random.stream(image, ...tokens);
    return Array.from({ length: vocabSize }, () => 2 * random.normal());
  };

/** The same, in which captions end the sooner, the longer they are. */
const likelyEnd =
  (vocabSize: number): Table =>
  (image, tokens) => {
    const logits = randomTable(vocabSize)(image, tokens);
    logits[END] += tokens.length;
    return logits;
  };

function decode(
  table: Table,
  options: Partial<DecodingOptions>,
  request: PartialRequest,
  images: number[] = [1, 2, 3],
) {
  const all = decodingOptions.parse({ noRepeatNgram: 0, ...options });
  return decodeSeveralOnce(new TableCaptioner(table), imageNumbers(...images), all, request);
}

const wordsOf = (captions: readonly { tokens: number[] }[]) => captions.map(({ tokens }) => tokens.join(' '));

describe('several captions of an image', () => {
  const images = [1, 2, 3];

  for (const lengthPenalty of [0, 1]) {
    it(`of a beam as wide as there are captions are the best of all (length penalty ${lengthPenalty})`, async () => {
      const table = randomTable(7);
      const found = await decode(table, { beamWidth: 100, maxLength: 4, lengthPenalty }, { captions: 12 });
      found.forEach((captions, i) => {
        const best = everyCaption(table, images[i], 4, lengthPenalty).slice(0, 12);
        assert.deepEqual(wordsOf(captions), wordsOf(best));
        captions.forEach(({ score }, rank) => assert.ok(Math.abs(score - best[rank].score) < 1e-5));
      });
    });
  }

  it('begin with the one that comes alone, and have probabilities and attention of their own', async () => {
    const options = { beamWidth: 4, maxLength: 8 };
    const alone = await decode(randomTable(9), options, {});
    const several = await decode(randomTable(9), options, { captions: 4 });
    several.forEach((captions, i) => {
      assert.deepEqual(captions[0], alone[i][0]);
      for (const { logProbabilities, attention } of captions) {
        assert.equal(attention.length, logProbabilities.length);
        attention.forEach((looked) => assert.deepEqual([...looked], [images[i], images[i]]));
      }
    });
  });

  it('are filled up with unfinished ones where too few end', async () => {
    const endless: Table = (image, tokens) => {
      const logits = randomTable(9)(image, tokens);
      logits[END] = tokens.length === 3 ? 20 : -1e4; // at two words alone
      return logits;
    };
    const [captions] = await decode(endless, { beamWidth: 3, maxLength: 5 }, { captions: 3 }, [1]);
    assert.ok(captions.length === 3 && captions[0].tokens.length === 2);
    const lengths = captions.map(({ tokens }) => tokens.length);
    assert.deepEqual(
      lengths,
      [...lengths].sort((a, b) => a - b),
    );
  });

  it('are never cut short before the greatest length, nor the words of another one without its end', async () => {
    // One word alone: a caption of no more than two, since none of three repeats no pair.
    const oneWord: Table = (image, tokens) =>
      randomTable(7)(image, tokens).map((logit, token) => (token > END + 1 ? -1e4 : logit));
    const exclude = [[5], [6]];
    for (const diverseGroups of [1, 2]) {
      const options = { beamWidth: 3 * diverseGroups, diverseGroups, maxLength: 6, noRepeatNgram: 2 };
      const found = await decode(oneWord, options, { captions: 3, constraints: { exclude } });
      for (const captions of found) assert.deepEqual(wordsOf(captions).sort(), ['4', '4 4']);
    }
    const alike = { beamWidth: 6, diverseGroups: 3, diversityStrength: 0, maxLength: 6 };
    for (const captions of await decode(likelyEnd(30), alike, { captions: 6 }, [1, 2, 3, 4, 5])) {
      assert.equal(new Set(wordsOf(captions)).size, captions.length);
      for (const { tokens, logProbabilities } of captions)
        assert.equal(logProbabilities.length, Math.min(tokens.length + 1, 6)); // an end, or the greatest length
    }
  });

  it('are as many samples, all different, the first of which is the one that comes alone', async () => {
    const options = { method: 'sample', maxLength: 4 } as const;
    const alone = await decode(randomTable(7), options, {});
    const several = await decode(randomTable(7), options, { captions: 8 });
    several.forEach((captions, i) => {
      assert.equal(new Set(wordsOf(captions)).size, 8);
      assert.ok(wordsOf(captions).includes(wordsOf(alone[i])[0]));
      const scores = captions.map(({ score }) => score);
      assert.deepEqual(
        scores,
        [...scores].sort((a, b) => b - a),
      );
    });
  });

  it('are fewer samples where there are fewer captions', async () => {
    const [captions] = await decode(randomTable(7), { method: 'sample', maxLength: 1 }, { captions: 9 }, [1]);
    assert.deepEqual(wordsOf(captions).sort(), ['4', '5', '6']); // the words of the vocabulary
  });

  const wrong: [options: Partial<DecodingOptions>, captions: number, sentence: RegExp][] = [
    [
      { method: 'greedy' },
      2,
      /greedy decoding gives one caption, not 2: choose the method "beam" or "sample"/,
    ],
    [{ beamWidth: 5 }, 6, /a beam of 5 does not hold 6 captions: set beamWidth to 6/],
    [{ diverseGroups: 2 }, 1, /2 groups cannot share a beam of 5 equally.*such as 6/],
  ];
  for (const [options, captions, sentence] of wrong) {
    it(`refuses ${captions} with ${JSON.stringify(options)}`, () =>
      assertUserError(() => decode(randomTable(7), options, { captions }), sentence));
  }

  it('groups that cannot be are refused before anything is trained', () =>
    assertUserError(() => configure({ decoding: { beamWidth: 4, diverseGroups: 3 } }), /diverseGroups/));
});

describe('diverse beam search', () => {
  /** Captions of the reference as the project returns them: the best of each group, then their second ones. */
  const inTurn = (groups: { tokens: number[]; score: number }[][], captions: number) => {
    const ranked = groups.map((group) => [...group].sort((a, b) => b.score - a.score));
    const turns = Array.from({ length: 20 }, (_, rank) =>
      ranked.flatMap((group) => group.slice(rank, rank + 1)).sort((a, b) => b.score - a.score),
    ).flat();
    const different = turns.filter((one, i) => wordsOf(turns).indexOf(one.tokens.join(' ')) === i);
    return different.slice(0, captions).sort((a, b) => b.score - a.score);
  };

  // A vocabulary that is larger than the number of candidates: what is read back must be enough.
  for (const [beamWidth, diverseGroups, diversityStrength, vocabSize] of [
    [4, 2, 0.5, 60],
    [6, 3, 2, 60],
    [6, 6, 0.8, 60],
    [6, 2, 0, 60],
    [4, 4, 100, 9],
  ]) {
    it(`is that of the paper: ${diverseGroups} groups of ${beamWidth / diverseGroups}, strength ${diversityStrength}`, async () => {
      const images = [1, 2, 3, 4, 5];
      const options = { beamWidth, diverseGroups, diversityStrength, maxLength: 7 };
      const table = likelyEnd(vocabSize);
      const found = await decode(table, options, { captions: diverseGroups }, images);
      found.forEach((captions, i) => {
        const expected = inTurn(diverseReference(table, images[i], options), diverseGroups);
        assert.ok(expected.length > 0);
        assert.deepEqual(wordsOf(captions.slice(0, expected.length)), wordsOf(expected));
        expected.forEach(({ score }, rank) => assert.ok(Math.abs(score - captions[rank].score) < 1e-5));
      });
    });
  }

  it('of strong groups has captions that differ at every word', async () => {
    const options = { beamWidth: 3, diverseGroups: 3, diversityStrength: 1000, maxLength: 6 };
    const [captions] = await decode(randomTable(30), options, { captions: 3 }, [1]);
    for (let at = 0; at < 6; at++) {
      const words = captions.flatMap(({ tokens }) => tokens.slice(at, at + 1));
      assert.equal(new Set(words).size, words.length);
    }
  });
});
