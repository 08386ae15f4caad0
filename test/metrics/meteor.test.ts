import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../lib/errors';
import { findMeteorFolder, type MeteorData } from '../../lib/metrics/meteor/data';
import { loadMeteor, Meteor, meteorMetric } from '../../lib/metrics/meteor/meteor';
import { Paraphrases } from '../../lib/metrics/meteor/paraphrases';
import { stem } from '../../lib/metrics/meteor/porter2';
import { Synonyms } from '../../lib/metrics/meteor/synonyms';

// What METEOR 1.5 in Java says with `-stdio -l en -norm`, an image a line.
// prettier-ignore
const BY_JAVA: [candidate: string, references: string[], score: number][] = [
  ['a man is riding a horse on the beach', ['a man rides a horse along the shore', 'someone on horseback near the sea'], 0.38651862085161903],
  ['two dogs run through the grass', ['a pair of dogs running through a field', 'dogs are playing in the grass'], 0.30218073208525476],
  ['the little girl climbs the stairs in front of the wooden building', ['a child in a pink dress is climbing up a set of stairs in an entry way', 'a little girl going into a wooden building'], 0.29854353876395345],
  ['a large number of people are standing in the street', ['many people stand on the street', 'a crowd of people in the road'], 0.3385426898128524],
  ['a man a man a plan a canal', ['a plan a man a canal a man'], 0.4776696620223255],
  ['', ['a dog'], 0],
  ['café 日本 $ 5 r&b', ['a café in 日本 for $ 5'], 0.3525167147165688],
];
const CORPUS_BY_JAVA = 0.3491390727439896;

/** A METEOR that knows a handful of words. */
const SMALL: MeteorData = {
  functionWords: 'the\na\n',
  synsets: 'shore\n1 2\nbeach\n2\nwoman\n5\nlady\n5\nuse\n7\nemploy\n7\n',
  exceptions: 'go\nwent gone\n',
  paraphrases: Buffer.from(
    '0.1\na lot of\nmany\n0.2\na lot of\nnumerous\n0.1\nboy\na child\n0.1\ncafé\nbar\n',
  ),
};

describe('metrics: METEOR', function () {
  this.timeout(60_000);

  it('gives the figures of the Java program', async function () {
    const available = await meteorMetric.available();
    if (available !== true) {
      console.log(`      skipped: ${available}`);
      this.skip();
    }
    await meteorMetric.load();
    const byImage = <T>(pick: (row: (typeof BY_JAVA)[number]) => T) =>
      Object.fromEntries(BY_JAVA.map((row, i) => [`image ${i}`, pick(row)]));
    const { corpus, perImage } = meteorMetric.score(
      byImage((row) => row[1]),
      byImage((row) => row[0]),
      {},
    )['METEOR'];
    BY_JAVA.forEach(([, , score], i) =>
      assert.ok(Math.abs(perImage[`image ${i}`] - score) < 1e-12, `image ${i}`),
    );
    assert.ok(Math.abs(corpus - CORPUS_BY_JAVA) < 1e-12);
  });

  it('stems as the Snowball stemmer for English does', () => {
    // From the vocabulary that snowballstem.org publishes with the stemmer.
    // prettier-ignore
    const stems = {
      consign: 'consign', consigned: 'consign', consistency: 'consist', consolation: 'consol', conspicuous: 'conspicu',
      knackeries: 'knackeri', knaves: 'knave', kneeling: 'kneel', knightly: 'knight', knocker: 'knocker',
      skies: 'sky', dying: 'die', generally: 'general', communities: 'communiti', hopping: 'hop', hoping: 'hope',
      sensational: 'sensat', "dog's": 'dog', youth: 'youth', sayings: 'say', herring: 'herring', ties: 'tie', by: 'by',
    };
    for (const [word, expected] of Object.entries(stems)) assert.equal(stem(word), expected);
  });

  it('finds synonyms through base forms', () => {
    const synonyms = new Synonyms(SMALL.synsets, SMALL.exceptions);
    assert.deepEqual([...synonyms.of('beaches')], ['2']);
    assert.deepEqual([...synonyms.of('women')], ['5']);
    assert.deepEqual([...synonyms.of('using')], ['7']);
    assert.deepEqual([...synonyms.of('xyz')], []);
  });

  it('finds phrases of the paraphrase table', () => {
    const paraphrases = new Paraphrases(SMALL.paraphrases);
    const at = (sentence: string, position: number) => paraphrases.startingAt(sentence.split(' '), position);
    assert.deepEqual(at('see a lot of boys', 1), [{ length: 3, paraphrases: [['many'], ['numerous']] }]);
    assert.deepEqual(at('the boy', 1), [{ length: 1, paraphrases: [['a', 'child']] }]);
    assert.deepEqual(at('café', 0), [{ length: 1, paraphrases: [['bar']] }]);
    for (const unknown of ['a lot', 'boys', 'zebra', 'a', 'bo', '0.1', '日本'])
      assert.deepEqual(at(unknown, 0), [], unknown);
  });

  it('weighs matches, function words and fragments', () => {
    const meteor = new Meteor(SMALL);
    const score = (candidate: string, ...references: string[]) =>
      meteor.score({ image: references }, { image: candidate }).perImage.image;
    assert.equal(score('the lady', 'the lady'), 1);
    // One of two words matches, so precision, recall and F are its share of the weight; one chunk on one word.
    const half = (weight: number, share: number) => weight * share * (1 - 0.6);
    const near = (actual: number, expected: number) =>
      assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} ${expected}`);
    near(score('red lady', 'blue lady'), half(1, 0.5));
    near(score('red runs', 'blue run'), half(0.6, 0.5));
    near(score('red woman', 'blue lady'), half(0.8, 0.5));
    near(score('the red', 'the blue'), half(1, 0.25));
    // The paraphrase covers the whole of both sides: no penalty.
    near(score('many', 'a lot of'), 0.6);
    assert.equal(score('red', 'blue'), 0);
    // The best reference counts, in whatever order they stand.
    assert.equal(score('red lady', 'blue', 'red lady'), score('red lady', 'red lady', 'blue'));
  });

  it('is left out where its data is not there, and says so where it is damaged', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'meteor-'));
    try {
      assert.equal(await findMeteorFolder(join(folder, 'no-such')), undefined);
      writeFileSync(join(folder, 'meteor-1.5.jar'), 'not a zip file');
      await assert.rejects(
        loadMeteor(folder),
        (error) => error instanceof UserError && /pycocoevalcap/.test(error.message),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
