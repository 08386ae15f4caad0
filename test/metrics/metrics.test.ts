import assert from 'node:assert/strict';
import { bleu } from '../../lib/metrics/bleu';
import { Cider } from '../../lib/metrics/cider';
import { longestCommonSubsequence, rougeL } from '../../lib/metrics/rouge-l';
import { scoreCaptions } from '../../lib/metrics/score';

const references = {
  cats: ['two cats sleep side by side.', 'a gray cat lies close to an orange cat on a sofa.'],
  dog: ['a dog with a hat rests on a rug.', 'somebody put a straw hat on a dog.'],
};
const candidates = {
  cats: 'an orange cat and a gray cat sleep together.',
  dog: 'a dog in a straw hat looks at the camera.',
};

describe('metrics: BLEU, ROUGE-L, CIDEr', () => {
  it('gives the figures of the papers for their examples', () => {
    // Papineni et al. 2002, example 2: "the" counts twice at most; 2/7.
    const clipped = bleu(
      { a: ['The cat is on the mat.', 'There is a cat on the mat.'] },
      { a: 'the the the the the the the.' },
    );
    assert.ok(Math.abs(clipped[0].corpus - 2 / 7) < 1e-8);
    // Lin 2004, section 3.1: "police kill the gunman" shares 3 words in order, then 2, of 4 with the reference.
    const police = 'police killed the gunman'.split(' ');
    assert.equal(longestCommonSubsequence('police kill the gunman'.split(' '), police), 3);
    assert.equal(longestCommonSubsequence('the gunman kill police'.split(' '), police), 2);
  });

  it('scores a caption that equals its reference with 1', async () => {
    const same = { cats: references.cats[0], dog: references.dog[1] };
    const { corpus } = await scoreCaptions(references, same);
    for (const name of ['BLEU-1', 'BLEU-4', 'ROUGE-L']) assert.ok(Math.abs(corpus[name] - 1) < 1e-6, name);

    const lone = new Cider({ a: ['one two three four five'], b: ['a dog runs over there'] });
    assert.ok(Math.abs(lone.scoreOne('a', 'one two three four five') - 10) < 1e-9);
  });

  it('takes the closest length for the brevity penalty, and the shorter of two as close', () => {
    const [unigrams] = bleu({ a: ['a b', 'a b c d'] }, { a: 'a b c' });
    assert.ok(Math.abs(unigrams.corpus - 1) < 1e-6);
    const [short] = bleu({ a: ['a b c d'] }, { a: 'a b' });
    assert.ok(Math.abs(short.corpus - Math.exp(1 - 4 / 2)) < 1e-6);
  });

  it('scores an empty or foreign caption with 0', async () => {
    const { corpus, perImage } = await scoreCaptions(references, { cats: '', dog: '日本語 . ' });
    for (const scores of [corpus, perImage.cats, perImage.dog])
      Object.entries(scores).forEach(([name, score]) => assert.ok(score >= 0 && score < 1e-8, name));

    assert.equal(rougeL({ a: ['a'] }, { a: '' }).corpus, 0);
    assert.equal(rougeL({ a: [''] }, { a: 'a' }).corpus, 0);
  });

  it('gives an empty caption with an empty reference the ROUGE-L of coco-caption', () => {
    assert.equal(rougeL({ a: [''] }, { a: '' }).corpus, 1);
    assert.equal(rougeL({ a: ['a b', ' . '] }, { a: '' }).corpus, 1);
  });

  it('does not depend on the order of references or images', async () => {
    const { corpus } = await scoreCaptions(references, candidates);
    const turned = { dog: [...references.dog].reverse(), cats: [...references.cats].reverse() };
    const { corpus: other } = await scoreCaptions(turned, { dog: candidates.dog, cats: candidates.cats });
    assert.deepEqual(Object.keys(other), Object.keys(corpus));
    for (const [name, score] of Object.entries(corpus))
      assert.ok(Math.abs(other[name] - score) < 1e-12, name);
  });

  it('penalizes repetition and length in CIDEr-D, not in CIDEr', () => {
    const long = `${references.dog[0]} ${references.dog[0]} ${references.dog[0]}`;
    const d = new Cider(references);
    const plain = new Cider(references, { variant: 'CIDEr' });
    assert.ok(d.scoreOne('dog', long) < 0.5 * d.scoreOne('dog', references.dog[0]));
    assert.ok(plain.scoreOne('dog', long) > 0.9 * plain.scoreOne('dog', references.dog[0]));
  });

  it('names images that candidates and references do not share', async () => {
    await assert.rejects(scoreCaptions(references, { ...candidates, cow: 'a cow' }), /"cow" has a candidate/);
    await assert.rejects(scoreCaptions(references, { dog: 'a dog' }), /"cats" has references/);
    await assert.rejects(scoreCaptions({ a: [] }, { a: 'a dog' }), /"a" has a candidate but no references/);
    await assert.rejects(scoreCaptions({}, {}), /no caption/);
  });
});
