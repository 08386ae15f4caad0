/*
 * The Snowball stemmer for English ("Porter2"), after its definition at
 * https://snowballstem.org/algorithms/english/stemmer.html, in the version of METEOR 1.5.
 * While a word is worked on, "Y" stands for a y that is a consonant.
 */

const SPECIAL_WORDS = new Map([
  ['skis', 'ski'],
  ['skies', 'sky'],
  ['dying', 'die'],
  ['lying', 'lie'],
  ['tying', 'tie'],
  ['idly', 'idl'],
  ['gently', 'gentl'],
  ['ugly', 'ugli'],
  ['early', 'earli'],
  ['only', 'onli'],
  ['singly', 'singl'],
  ...['sky', 'news', 'howe', 'atlas', 'cosmos', 'bias', 'andes'].map((word) => [word, word] as const),
]);
const UNCHANGED_AFTER_PLURALS = /^(inning|outing|canning|herring|earring|proceed|exceed|succeed)$/;

// Suffixes of steps 2 to 4 with what replaces them; of those that fit, the longest counts.
// prettier-ignore
const STEP_2 = longestFirst({
  tional: 'tion', enci: 'ence', anci: 'ance', abli: 'able', entli: 'ent', izer: 'ize', ization: 'ize',
  ational: 'ate', ation: 'ate', ator: 'ate', alism: 'al', aliti: 'al', alli: 'al', fulness: 'ful',
  ousli: 'ous', ousness: 'ous', iveness: 'ive', iviti: 'ive', biliti: 'ble', bli: 'ble', ogi: 'og',
  fulli: 'ful', lessli: 'less', li: '',
});
// prettier-ignore
const STEP_3 = longestFirst({
  tional: 'tion', ational: 'ate', alize: 'al', icate: 'ic', iciti: 'ic', ical: 'ic', ful: '', ness: '',
  ative: '',
});
const STEP_4 = longestFirst(
  Object.fromEntries(
    'al ance ence er ic able ible ant ement ment ent ism ate iti ous ive ize ion'
      .split(' ')
      .map((suffix) => [suffix, '']),
  ),
);

/** The stem of an English word in lower case. */
export function stem(word: string): string {
  const special = SPECIAL_WORDS.get(word);
  if (special !== undefined) return special;

  if (word.length <= 2) return word;

  const marked = markConsonantY(word.replace(/^'/, ''));
  const [r1, r2] = regions(marked);
  const singular = stripPlural(marked.replace(/('s'|'s|')$/, ''));
  if (UNCHANGED_AFTER_PLURALS.test(singular)) return singular;

  const steps = [stripVerbEnding, turnFinalY, step2, step3, step4, step5];
  return steps.reduce((result, step) => step(result, r1, r2), singular).replaceAll('Y', 'y');
}

function markConsonantY(word: string): string {
  let result = '';
  for (const letter of word)
    result += letter === 'y' && (result === '' || /[aeiouy]$/.test(result)) ? 'Y' : letter;

  return result;
}

/** Where regions R1 and R2 begin: after the first consonant that follows a vowel, and again in R1. */
function regions(word: string): [r1: number, r2: number] {
  const r1 = /^(gener|commun|arsen)/.exec(word)?.[0].length ?? regionAfter(word, 0);
  return [r1, regionAfter(word, r1)];
}

function regionAfter(word: string, start: number): number {
  const match = /[aeiouy][^aeiouy]/.exec(word.slice(start));
  return match === null ? word.length : start + match.index + 2;
}

function stripPlural(word: string): string {
  if (word.endsWith('sses')) return word.slice(0, -2);

  if (/ie[ds]$/.test(word)) return word.slice(0, word.length > 4 ? -2 : -1);

  return /[aeiouy].+s$/.test(word) && !/[us]s$/.test(word) ? word.slice(0, -1) : word;
}

function stripVerbEnding(word: string, r1: number): string {
  const suffix = /(eedly|ingly|edly|eed|ing|ed)$/.exec(word)?.[0];
  if (suffix === undefined) return word;

  const rest = word.slice(0, -suffix.length);
  if (suffix.startsWith('ee')) return rest.length >= r1 ? `${rest}ee` : word;

  if (!/[aeiouy]/.test(rest)) return word;

  if (/(at|bl|iz)$/.test(rest)) return `${rest}e`;

  if (/(bb|dd|ff|gg|mm|nn|pp|rr|tt)$/.test(rest)) return rest.slice(0, -1);

  return endsInShortSyllable(rest) && r1 >= rest.length ? `${rest}e` : rest;
}

function turnFinalY(word: string): string {
  return /.[^aeiouy][yY]$/.test(word) ? `${word.slice(0, -1)}i` : word;
}

function step2(word: string, r1: number): string {
  return replaceSuffix(word, STEP_2, r1, (suffix, rest) =>
    suffix === 'ogi' ? rest.endsWith('l') : suffix !== 'li' || /[cdeghkmnrt]$/.test(rest),
  );
}

function step3(word: string, r1: number, r2: number): string {
  return replaceSuffix(word, STEP_3, r1, (suffix, rest) => suffix !== 'ative' || rest.length >= r2);
}

function step4(word: string, _r1: number, r2: number): string {
  return replaceSuffix(word, STEP_4, r2, (suffix, rest) => suffix !== 'ion' || /[st]$/.test(rest));
}

function step5(word: string, r1: number, r2: number): string {
  const rest = word.slice(0, -1);
  const dropsE = rest.length >= r2 || (rest.length >= r1 && !endsInShortSyllable(rest));
  const drops = word.endsWith('e') ? dropsE : word.endsWith('ll') && rest.length >= r2;
  return drops ? rest : word;
}

function endsInShortSyllable(word: string): boolean {
  return /[^aeiouy][aeiouy][^aeiouywxY]$|^[aeiouy][^aeiouy]$/.test(word);
}

/** Replaces the longest suffix that fits, if it lies in the region and the condition holds. */
function replaceSuffix(
  word: string,
  suffixes: [suffix: string, replacement: string][],
  region: number,
  condition: (suffix: string, rest: string) => boolean,
): string {
  const found = suffixes.find(([suffix]) => word.endsWith(suffix));
  if (found === undefined) return word;

  const [suffix, replacement] = found;
  const rest = word.slice(0, -suffix.length);
  return rest.length >= region && condition(suffix, rest) ? rest + replacement : word;
}

function longestFirst(replacements: Record<string, string>): [string, string][] {
  return Object.entries(replacements).sort(([a], [b]) => b.length - a.length);
}
