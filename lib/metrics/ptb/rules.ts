import { INVISIBLE, LETTER, LINE_BREAK, MISCSYMBOL, PERIOD, SPACE } from './characters';
import * as macros from './macros';

/** What a rule makes of the text that its pattern matched. */
export interface Lexeme {
  /** The token; undefined for text that is none, such as spaces. */
  token?: string;
  /** How many characters are consumed; the rest of the match is read again. */
  length: number;
}

export interface Rule {
  pattern: string;
  /** Trailing context: what must follow. It counts toward the longest match but is not consumed. */
  before?: string;
  action: (text: string) => Lexeme;
}

const keep = (text: string): Lexeme => ({ token: text, length: text.length });
const skip = (text: string): Lexeme => ({ length: text.length });

function replace(normalize: (text: string) => string): Rule['action'] {
  return (text) => ({ token: normalize(text), length: text.length });
}

/** Splits words such as "cannot" before their last characters. */
function splitBefore(count: number): Rule['action'] {
  return (text) => keep(text.slice(0, -count));
}

/** An abbreviation at the end of a sentence: its period is both its own and the next token. */
function repeatPeriod(text: string): Lexeme {
  return { token: text, length: text.length - 1 };
}

/** As `repeatPeriod`, but the period after a single letter is the sentence's alone. */
function endWithAcronym(text: string): Lexeme {
  return text.length === 2 ? keep(text[0]) : repeatPeriod(text);
}

const withoutSoftHyphens = replace((text) => text.replaceAll('\u00AD', '') || '-');
const withAmpersand = replace((text) => text.replace(/&amp;/gi, '&'));
const withoutSpaces = (text: string): string => text.replaceAll(' ', '\u00A0');
const escapeParentheses = (text: string): string => text.replaceAll('(', '-LRB-').replaceAll(')', '-RRB-');

// The original tells opening from closing quotes; the scorers drop both, so that one form is enough.
const asLatexQuotes = replace((text) =>
  text
    .replace(/[\u0091\u2018\u201B\u2039]/g, '`')
    .replace(/&apos;|[\u0092\u2019\u203A]/g, "'")
    .replace(/[\u0093\u201C\u00AB]/g, '``')
    .replace(/&quot;|["\u0094\u201D\u00BB]/g, "''"),
);

const FRACTIONS: Record<string, string> = {
  '\u00BC': '1/4',
  '\u00BD': '1/2',
  '\u00BE': '3/4',
  '\u2153': '1/3',
  '\u2154': '2/3',
};

const CURRENCIES: Record<string, string> = {
  '\u00A2': 'cents',
  '\u00A3': '#',
  '\u0080': '$',
  '\u00A4': '$',
  '\u20A0': '$',
  '\u20AC': '$',
};

/**
 * The rules of PTBLexer in their order: the longest match counts, and the earlier rule where two
 * match the same text. Every character matches some rule; what the last one takes is dropped.
 */
export const RULES: readonly Rule[] = [
  { pattern: macros.PROG_LANGS, action: keep },
  { pattern: macros.ASSIMILATIONS3, action: splitBefore(3) },
  { pattern: macros.ASSIMILATIONS2, action: splitBefore(2) },
  { pattern: macros.SGML, action: replace(withoutSpaces) },
  { pattern: macros.SPMDASH, action: replace(() => '--') },
  { pattern: macros.SPAMP, action: withAmpersand },
  { pattern: macros.SPPUNC, action: keep },
  { pattern: macros.WORD, before: macros.REDAUX, action: withoutSoftHyphens },
  { pattern: macros.SWORD, before: macros.SREDAUX, action: withoutSoftHyphens },
  { pattern: macros.WORD, action: withoutSoftHyphens },
  { pattern: macros.APOWORD, action: keep },
  { pattern: macros.APOWORD2, before: LETTER, action: keep },
  { pattern: macros.FULLURL, action: keep },
  { pattern: macros.LIKELYURL, action: keep },
  { pattern: macros.EMAIL, action: keep },
  { pattern: macros.TWITTER, action: keep },
  { pattern: macros.REDAUX, before: '[^A-Za-z]', action: asLatexQuotes },
  { pattern: macros.SREDAUX, before: '[^A-Za-z]', action: asLatexQuotes },
  { pattern: macros.DATE, action: keep },
  { pattern: macros.NUMBER, action: withoutSoftHyphens },
  { pattern: macros.SUBSUPNUM, action: keep },
  { pattern: macros.FRAC, action: replace(withoutSpaces) },
  { pattern: macros.FRAC2, action: replace((text) => FRACTIONS[text] ?? text) },
  { pattern: macros.TBSPEC, action: withAmpersand },
  { pattern: macros.THING3, action: keep },
  { pattern: macros.DOLSIGN, action: keep },
  { pattern: macros.DOLSIGN2, action: replace((text) => CURRENCIES[text] ?? text) },
  { pattern: macros.ACRONYM, before: macros.SENTENCE_START, action: endWithAcronym },
  { pattern: macros.ABBREV3, before: macros.BEFORE_NUMERAL, action: keep },
  { pattern: macros.PTY, before: `${SPACE}(ltd|lim)`, action: keep },
  { pattern: macros.ABBREV1, before: macros.SENTEND, action: repeatPeriod },
  { pattern: macros.ABBREV1, before: '[^][^]', action: keep },
  { pattern: macros.ABBREV1, action: repeatPeriod },
  { pattern: macros.ABBREV2, action: keep },
  { pattern: macros.ABBREV4, before: SPACE, action: keep },
  { pattern: macros.ACRO, before: macros.SPACENL, action: keep },
  { pattern: macros.TBSPEC2, before: macros.SPACENL, action: keep },
  { pattern: macros.FILENAME, before: `(${macros.SPACENL}|[.?!,])`, action: keep },
  { pattern: `${macros.WORD}\\.`, before: macros.INSENTP, action: withoutSoftHyphens },
  { pattern: macros.PHONE, action: replace((text) => escapeParentheses(withoutSpaces(text))) },
  { pattern: macros.DBLQUOT, before: '[A-Za-z0-9$]', action: asLatexQuotes },
  { pattern: macros.DBLQUOT, action: asLatexQuotes },
  { pattern: macros.LESSTHAN, action: replace(() => '<') },
  { pattern: macros.GREATERTHAN, action: replace(() => '>') },
  { pattern: macros.SMILEY, before: '[^A-Za-z0-9]', action: replace(escapeParentheses) },
  { pattern: macros.ASIANSMILEY, action: replace(escapeParentheses) },
  { pattern: '\\{', action: replace(() => '-LCB-') },
  { pattern: '\\}', action: replace(() => '-RCB-') },
  { pattern: '\\[', action: replace(() => '-LSB-') },
  { pattern: '\\]', action: replace(() => '-RSB-') },
  { pattern: '\\(', action: replace(() => '-LRB-') },
  { pattern: '\\)', action: replace(() => '-RRB-') },
  { pattern: macros.HYPHENS, action: replace((text) => (/^-{3,4}$/.test(text) ? '--' : text)) },
  { pattern: macros.LDOTS, action: replace(() => '...') },
  { pattern: macros.FNMARKS, action: keep },
  { pattern: macros.ASTS, action: keep },
  { pattern: macros.INSENTP, action: keep },
  { pattern: '[?!]+', action: keep },
  { pattern: PERIOD, action: keep },
  { pattern: '=', action: keep },
  { pattern: '\\/', action: keep },
  { pattern: `${macros.HTHING}\\.`, before: macros.INSENTP, action: withoutSoftHyphens },
  { pattern: macros.HTHING, action: withoutSoftHyphens },
  { pattern: `${macros.THING}\\.`, before: macros.INSENTP, action: keep },
  { pattern: macros.THING, action: keep },
  { pattern: `${macros.THINGA}\\.`, before: macros.INSENTP, action: withAmpersand },
  { pattern: macros.THINGA, action: withAmpersand },
  { pattern: "'", before: '[A-Za-z][^ \\t\\n\\r\\u00A0]', action: asLatexQuotes },
  { pattern: macros.REDAUX, action: asLatexQuotes },
  { pattern: macros.SREDAUX, action: asLatexQuotes },
  { pattern: macros.QUOTES, action: asLatexQuotes },
  { pattern: macros.FAKEDUCKFEET, action: keep },
  { pattern: MISCSYMBOL, action: keep },
  { pattern: `(${SPACE}+|${INVISIBLE})`, action: skip },
  { pattern: macros.NEWLINE, action: skip },
  { pattern: '&nbsp;', action: skip },
  { pattern: `[^${LINE_BREAK}]`, action: skip },
];
