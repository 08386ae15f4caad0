import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { normalize } from '../../lib/metrics/meteor/normalize';
import { tokenize, tokenizeAtSpaces } from '../../lib/metrics/ptb-tokenizer';
import { Automaton } from '../../lib/metrics/ptb/automaton';
import { digestsOf, readCaptionFile, type Answers } from '../fixtures/ptb-tokens/answers';
import { fuzzedLines } from '../fixtures/ptb-tokens/fuzzed-lines';

const FIXTURES = join(__dirname, '..', 'fixtures', 'ptb-tokens');
const SHARED = join(__dirname, '../../../shared');
const FOLDERS: Record<string, string> = {
  'Flickr8k.token.txt': join(SHARED, 'flickr8k'),
  'captions_val2017.json': join(SHARED, 'coco'),
  'captions_800.json': join(SHARED, 'coco'),
};

const joined = (line: string): string => tokenize(line).join(' ');

describe('metrics: tokens of coco-caption (test/fixtures/ptb-tokens)', function () {
  this.timeout(60_000);
  const answers = JSON.parse(readFileSync(join(FIXTURES, 'answers.json'), 'utf8')) as Answers;

  it('gives the tokens of the examples', () => {
    for (const [line, tokens] of answers.examples) assert.equal(joined(line), tokens, line);
  });

  it('gives the tokens of 20,000 lines made at random', () => {
    const { count, seed, digests } = answers.fuzzed;
    assert.equal(count, 20_000);
    assert.deepEqual(digestsOf(fuzzedLines(count, seed).map(joined)), digests);
  });

  for (const [name, digests] of Object.entries(answers.captions)) {
    it(`gives the tokens of every caption of ${name}`, function () {
      const file = join(FOLDERS[name], name);
      if (!existsSync(file)) {
        console.log(`      skipped: ${file} is not there`);
        this.skip();
      }
      assert.deepEqual(digestsOf(readCaptionFile(file).map(joined)), digests);
    });
  }

  it('takes line breaks for spaces', () => {
    assert.deepEqual(tokenize('a dog\non\r\ngrass\u2028.'), ['a', 'dog', 'on', 'grass']);
  });

  it('counts a number and its fraction as two words where BLEU and CIDEr of coco-caption do', () => {
    assert.deepEqual(tokenize('1 1/2 cakes'), ['1\u00A01/2', 'cakes']);
    assert.deepEqual(tokenizeAtSpaces('1 1/2 cakes'), ['1', '1/2', 'cakes']);
  });

  it('tokenizes long lines in linear time', () => {
    for (const part of ['a.', "a'", 'a-', '1,', '<a ', '. ', '@a', 'a/']) {
      const start = performance.now();
      tokenize(part.repeat(5_000));
      assert.ok(performance.now() - start < 5_000, part);
    }
  });
});

describe('metrics: words of METEOR', () => {
  it("are those of METEOR's normalizer", () => {
    // As edu.cmu.meteor.util.Normalizer of meteor-1.5.jar writes these lines.
    const cases = [
      ["it 's a t-shirt", "it ' s a t shirt"],
      ["do n't o'clock 'em", "do n 't o 'clock ' em"],
      ['3-year-old u.s. st. mary', '3 year old us st. mary'],
      ['$ 1,000 r&b <unk> 24/7', '$ 1,000 r & b < unk > 24 / 7'],
      ['a.b. end. vs. 5 pp. 7', 'ab end. vs. 5 pp. 7'],
      ['a,b wow!!! .... x', 'a , b wow ! ! ! .... x'],
      ['-lrb- red -rrb-', '-lrb- red -rrb-'],
    ];
    for (const [tokens, words] of cases) assert.equal(normalize(tokens.split(' ')).join(' '), words);
  });
});

describe('metrics: longest matches', () => {
  const match = (patterns: string[], text: string): unknown => new Automaton([patterns]).longest(0, text, 0);

  it('takes the longest match, and the earlier pattern where two match the same text', () => {
    assert.deepEqual(match(['ab', '[a-z]+', 'abc'], 'abcd-'), { pattern: 1, end: 4 });
    assert.deepEqual(match(['ab', '[a-z]+'], 'ab-'), { pattern: 0, end: 2 });
    assert.deepEqual(match(['a|ab', 'a(bc)?'], 'abd'), { pattern: 0, end: 2 });
    assert.equal(match(['b'], 'ab'), undefined);
  });

  it('knows repetitions, groups, sets and escapes', () => {
    assert.deepEqual(match(['a{2,3}'], 'aaaa'), { pattern: 0, end: 3 });
    assert.equal(match(['a{2,3}'], 'a'), undefined);
    assert.deepEqual(match(['(a|b)*c'], 'abbac'), { pattern: 0, end: 5 });
    assert.deepEqual(match(['[^\\]a]+'], 'b[]'), { pattern: 0, end: 2 });
    assert.deepEqual(match(['\\.\\u0041?'], '.a'), { pattern: 0, end: 2 });
    assert.deepEqual(match(['[[a-z]--[aeiou]]+'], 'bcd a'), { pattern: 0, end: 3 });
  });

  it('matches literals in both cases and sets as they stand', () => {
    assert.deepEqual(match(['ab'], 'AB'), { pattern: 0, end: 2 });
    assert.equal(match(['[a]'], 'A'), undefined);
  });

  it('names what is wrong with a pattern', () => {
    assert.throws(() => match(['(a'], ''), /missing "\)"/);
    assert.throws(() => match(['a)'], ''), /unexpected "\)"/);
    assert.throws(() => match(['[a'], ''), /missing "\]"/);
  });
});
