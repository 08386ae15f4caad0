// Letters as METEOR knows them: Latin, Cyrillic and phonetic ones.
const LETTER = 'A-Za-zŠŽšžŸÀ-ÖØ-öø-žЀ-ӿԀ-ԧꙀ-ꙮ\uA67E-ꚗᴀ-ᵿ';
const SIGN = new RegExp(`[^0-9${LETTER}\\t\\n\\v\\f\\r .'\`,\\-‘’]`, 'gu');
const HYPHEN_IN_WORD = new RegExp(`([0-9${LETTER}.])-([0-9${LETTER}])`, 'gu');
const APOSTROPHE_ALONE = new RegExp(`([^${LETTER}])'([^${LETTER}])`, 'gu');
const APOSTROPHE_BEFORE_WORD = new RegExp(`([^0-9${LETTER}])'([${LETTER}])`, 'gu');
const APOSTROPHE_AFTER_WORD = new RegExp(`([${LETTER}])'([^${LETTER}])`, 'gu');
const APOSTROPHE_IN_WORD = new RegExp(`([${LETTER}])'([${LETTER}])`, 'gu');
const SPACES = /[ \u00A0\u2000-\u200A\u202F\u205F\u3000]+/u;

// Stands for the dots of an ellipsis, which stay together.
const ELLIPSIS_DOT = '\uE000';

// Those of METEOR's abbreviations that stand in lower case in its list; all text is lower case here.
const ABBREVIATIONS = new Set(['rev', 'v', 'vs']);
const ABBREVIATION_BEFORE_NUMBER = 'pp';

/**
 * The words that METEOR sees in a tokenized caption: those that the normalizer of METEOR 1.5
 * (`-norm`) gives for English. It splits hyphenated words and contractions, and sets off signs.
 * Source: edu.cmu.meteor.util.Normalizer
 */
export function normalize(tokens: readonly string[]): string[] {
  const words = ` ${tokens.join(' ')} `
    .replace(SIGN, ' $& ')
    .replace(/\.{2,}/g, (dots) => ` ${ELLIPSIS_DOT.repeat(dots.length)} `)
    .replace(/([^0-9]),([^0-9])/gu, '$1 , $2')
    .replace(/([0-9]),([^0-9])/gu, '$1 , $2')
    .replace(/([^0-9]),([0-9])/gu, '$1 , $2')
    .replace(/[`‘’]/g, "'")
    .replace(/[“”]|''/g, ' " ')
    .replace(/–|--/g, '-')
    .replace(HYPHEN_IN_WORD, '$1 $2')
    .replace(APOSTROPHE_ALONE, "$1 ' $2")
    .replace(APOSTROPHE_BEFORE_WORD, "$1 ' $2")
    .replace(APOSTROPHE_AFTER_WORD, "$1 ' $2")
    .replace(APOSTROPHE_IN_WORD, "$1 '$2")
    .replace(/([0-9])'s/g, "$1 's")
    .split(/[ \t\n\f\r]+/)
    .filter((word) => word !== '');
  return words
    .flatMap((word, index) => splitPeriod(word, words[index + 1] ?? ''))
    .flatMap((word) => word.replaceAll(ELLIPSIS_DOT, '.').split(SPACES))
    .filter((word) => word !== '');
}

/** Sets off the period after a word unless it belongs to an abbreviation; acronyms lose theirs. */
function splitPeriod(word: string, next: string): string[] {
  if (word.length === 1 || !word.endsWith('.')) return [word];

  const stem = word.slice(0, -1);
  if (stem.includes('.') && new RegExp(`[${LETTER}]`, 'u').test(stem)) return [word.replaceAll('.', '')];
  if (ABBREVIATIONS.has(stem) || /^[a-z]/.test(next)) return [word];
  if (stem === ABBREVIATION_BEFORE_NUMBER && /^[0-9]/.test(next)) return [word];
  return [stem, '.'];
}
