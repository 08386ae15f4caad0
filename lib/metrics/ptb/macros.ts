// The named parts of PTBLexer's rules under the original's names, in the syntax of pattern.ts.

import { DIGIT, LETTER, LINE_BREAK, NUMERAL, SPACE, UPPERCASE, WORD_CHARACTER } from './characters';

const raw = String.raw;

function oneOf(...patterns: string[]): string {
  return `(${patterns.join('|')})`;
}

// Space and markup. An attribute's value may run over lines.
const SGML_NAME = raw`[A-Za-z][A-Za-z0-9_:.\-]*`;
const SGML_ATTRIBUTE = raw`${SGML_NAME}( *= *('[^']*'|"[^"]*"))?`;
const SGML_TAG = oneOf(
  raw`[!?][A-Za-z\-][^>\r\n]*`,
  raw`${SGML_NAME}( +${SGML_ATTRIBUTE})* *\/?`,
  raw`\/${SGML_NAME}`,
);
export const SGML = `<${SGML_TAG} *>`;
export const SPMDASH = oneOf('&(MD|mdash|ndash);', raw`[\u0096\u0097\u2013-\u2015]`);
export const SPAMP = '&amp;';
export const SPPUNC = '&(HT|TL|UR|LR|QC|QL|QR|odq|cdq|#[0-9]+);';
export const NEWLINE = raw`(\u000D?\u000A|[${LINE_BREAK}])`;
export const SPACENL = oneOf(SPACE, NEWLINE);
export const SENTEND = SPACENL + oneOf(SPACENL, UPPERCASE, SGML);

// Numbers.
export const DATE = raw`${DIGIT}{1,2}[\-\/]${DIGIT}{1,2}[\-\/]${DIGIT}{2,4}`;
const NUM = raw`(${DIGIT}+|${DIGIT}*([.:,\u00AD\u066B\u066C]${DIGIT}+)+)`;
export const NUMBER = raw`[\-+]?${NUM}`;
export const SUBSUPNUM = raw`[\u207A\u207B\u208A\u208B]?([\u00B2\u00B3\u00B9\u2070\u2074-\u2079]+|[\u2080-\u2089]+)`;
export const FRAC = raw`(${DIGIT}{1,4}[\- \u00A0])?${DIGIT}{1,4}(\\?\/|\u2044)${DIGIT}{1,4}`;
export const FRAC2 = raw`[\u00BC-\u00BE\u2153-\u215E]`;
export const DOLSIGN = raw`([A-Z]*\$|#)`;
export const DOLSIGN2 = raw`[\u0080\u00A2-\u00A5\u060B\u0E3F\u20A0\u20A4\u20AC\uFFE0\uFFE1\uFFE5\uFFE6]`;
const AREA = raw`(\([0-9]{2,3}\)[ \u00A0]?|(\+\+?)?([0-9]{2,4}[\- \u00A0])?[0-9]{2,4}[\- \u00A0])`;
export const PHONE = oneOf(
  raw`${AREA}[0-9]{3,4}[\- \u00A0]?[0-9]{3,5}`,
  raw`((\+\+?)?[0-9]{2,4}\.)?[0-9]{2,4}\.[0-9]{3,4}\.[0-9]{3,5}`,
);

// Words. A word may hold periods before letters, as "grass.A" does.
const ACCENTED = '&[aeiouAEIOU](acute|grave|uml);';
const WORD_PART = oneOf(ACCENTED, WORD_CHARACTER);
export const WORD = `${WORD_PART}(${WORD_PART}|${DIGIT})*([.!?]${WORD_PART}(${WORD_PART}|${DIGIT})*)*`;
export const APOS = raw`(['\u0092\u2019]|&apos;)`;
const APOSETCETERA = oneOf(APOS, raw`[\u0060\u0091\u2018\u201B]`);
const ALNUM = `[${LETTER}${DIGIT}]`;
const ELISION = `([dDoOlL]${APOSETCETERA}${ALNUM})?`;
export const THING = raw`${ELISION}${ALNUM}+([\-_\u058A\u2010\u2011]${ELISION}${ALNUM}+)*`;
export const THINGA = raw`[A-Z]+(([+\&]|${SPAMP})[A-Z]+)+`;
const SLASHED = '[A-Za-z0-9]+(-[A-Za-z]+){0,2}';
export const THING3 = raw`${SLASHED}(\\?\/${SLASHED}){1,2}`;
const COUNTRY = [raw`(Canada|Sino|Korean|EU|Japan|non)-U\.S`, raw`U\.S\.-(U\.K|U\.S\.S\.R)`];
export const ACRO = oneOf(raw`[A-Za-z](\.[A-Za-z])*`, ...COUNTRY);
const ACRO2 = oneOf(raw`[A-Za-z](\.[A-Za-z])+`, ...COUNTRY);
export const HTHING = raw`[A-Za-z0-9][A-Za-z0-9.,\u00AD]*(-([A-Za-z0-9\u00AD]+|${ACRO2}\.))+`;

// Contractions: "'s", the word before "n't", "n't".
export const REDAUX = `${APOS}([msdMSD]|re|ve|ll)`;
export const SWORD = raw`[A-Za-z\u00AD]*[A-MO-Za-mo-z]\u00AD*`;
export const SREDAUX = `n${APOSETCETERA}t`;
export const APOWORD = oneOf(
  `${APOS}(n${APOS}?|em|[2-9]0s|till?|cause)`,
  `([lLdDjJ]|Dunkin|somethin|ol)${APOS}`,
  `[A-HJ-XZn]${APOSETCETERA}${LETTER}{2}${LETTER}*`,
  `${LETTER}+[aeiouyAEIOUY]${APOSETCETERA}[aeiouA-Z]${LETTER}*`,
  raw`cont'd\.?|nor'easter|c'mon|e'er|s'mores|ev'ry|li'l|nat'l`,
  `O${APOSETCETERA}o`,
);
export const APOWORD2 = `y${APOS}`;
export const ASSIMILATIONS3 = "(cannot|'twas)";
export const ASSIMILATIONS2 = "('tis|gonna|gotta|lemme|gimme|wanna)";

// The network.
const NOT_IN_URL = raw` \t\n\f\r"<>\|\(\)`;
const URL_END = raw`[^${NOT_IN_URL}.!?\{\},\-]`;
const HOST_LABELS = oneOf(
  raw`www\.([^${NOT_IN_URL}.!?\{\},]+\.)+[a-zA-Z]{2,4}`,
  raw`([^${NOT_IN_URL}\u0060'.!?\{\},-_$]+\.)+(com|net|org|edu)`,
);
export const FULLURL = raw`https?:\/\/[^${NOT_IN_URL}\{\}]+${URL_END}`;
export const LIKELYURL = raw`${HOST_LABELS}(\/[^${NOT_IN_URL}]+${URL_END})?`;
const MAILBOX = raw`${NOT_IN_URL}\{\}\u00A0`;
export const EMAIL = raw`(&lt;|<)?[a-zA-Z0-9][^${MAILBOX}]*@([^${MAILBOX}.]+\.)*[^${MAILBOX}.]+(&gt;|>)?`;
export const TWITTER = oneOf('@[a-zA-Z_][a-zA-Z_0-9]*', `#${WORD_PART}+`);
const FILENAME_EXT = oneOf(
  'bat|bmp|c|class|cgi|cpp|dll|doc|docx|exe|gif|gz|h|htm|html|jar|java|jpeg|jpg|mov|mp3|pdf|php|pl|png',
  'ppt|ps|py|sql|tar|txt|wav|x|xml|zip',
);
const FILENAME_PART = `(${WORD_PART}|${DIGIT})+`;
export const FILENAME = raw`${FILENAME_PART}(\.${FILENAME_PART})*\.${FILENAME_EXT}`;

// Abbreviations that lower-case words follow; a capital after one starts a sentence.
const ABMONTH = 'Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec';
const ABDAYS = 'Mon|Tue|Tues|Wed|Thu|Thurs|Fri';
const ABSTATE = oneOf(
  'Ala|Ariz|[A]z|[A]rk|Calif|Colo|Conn|Ct|Dak|[D]el|Fla|Ga|[I]ll|Ind|Kans?|Ky|[L]a|[M]ass|Md|Mich|Minn',
  '[M]iss|Mo|Mont|Neb|Nev|Okla|[O]re|[P]a|Penn|Tenn|[T]ex|Va|Vt|[W]ash|Wisc?|Wyo',
);
const ABCOMP = 'Inc|Cos?|Corp|Pp?t[ye]s?|Ltd|Plc|Rt|Bancorp|Bhd|Assn|Univ|Intl|Sys';
const ABNUM = 'tel|est|ext|sq';
const ABPTIT = raw`Jr|Sr|Bros|(Ed|Ph)\.D|Blvd|Rd|Esq`;
export const ABBREV1 = raw`${oneOf(ABMONTH, ABDAYS, ABSTATE, ABCOMP, ABNUM, ABPTIT, 'etc|al|seq|Bldg')}\.`;

// Abbreviations that capitals follow within a sentence.
const ABTITLE = oneOf(
  'Mr|Mrs|Ms|[M]iss|Drs?|Profs?|Sens?|Reps?|Attys?|Lt|Col|Gen|Messrs|Govs?|Adm|Rev|Maj|Sgt|Cpl|Pvt|Capt',
  'Ste?|Ave|Pres|Lieut|Hon|Brig|Co?mdr|Pfc|Spc|Supts?|Det|Mt|Ft|Adj|Adv|Asst|Assoc|Ens|Insp|Mlle|Mme',
  'Msgr|Sfc',
);
const ABCOMP2 = 'Invt|Elec|Natl|M[ft]g|Dept';
export const ABBREV4 = oneOf(ABTITLE, raw`vs|Alex|Wm|Jos|Cie|a\.k\.a|cf|TREAS|Ph`, ACRO, ABCOMP2);
export const ABBREV2 = raw`${ABBREV4}\.`;
export const ACRONYM = raw`${ACRO}\.`;
// Abbreviations only before numbers, and "pty." before "ltd".
export const ABBREV3 = raw`(ca|figs?|prop|nos?|art|bldg|pp|op)\.`;
export const PTY = raw`(pt[eyEY]|co)\.`;

/** Words that start a sentence after an acronym. */
const SENTENCE_STARTERS = oneOf(
  '[A]bout|[A]ccording|[A]dditionally|[A]fter|[A]n|[A]|[A]s|[A]t|[B]ut|[E]arlier|[H]e|[H]er|[H]ere',
  raw`[H]owever|[I]f|[I]n|[I]t|[L]ast|[M]any|[M]ore|[M]r\.|[M]s\.|[N]ow|[O]nce|[O]ne|[O]ther|[O]ur|[S]he`,
  '[S]ince|[S]o|[S]ome|[S]uch|[T]hat|[T]he|[T]heir|[T]hen|[T]here|[T]hese|[T]hey|[T]his|[W]e|[W]hen',
  `[W]hile|[W]hat|[Y]et|[Y]ou|${SGML}`,
);
export const SENTENCE_START = `${SPACENL}+${SENTENCE_STARTERS}${SPACENL}`;
export const BEFORE_NUMERAL = `${SPACENL}?${NUMERAL}`;

// Punctuation.
export const FAKEDUCKFEET = '(<<|>>)';
export const LESSTHAN = '(<|&lt;)';
export const GREATERTHAN = '(>|&gt;)';
export const HYPHENS = '-+';
export const LDOTS = raw`(\.{3,5}|(\.[ \u00A0]){2,4}\.|[\u0085\u2026])`;
export const FNMARKS = '(@+|#+|_+)';
export const ASTS = raw`(\*+|(\\\*){1,3})`;
export const INSENTP = raw`[,;:\u3001]`;
export const QUOTES = raw`(${APOS}|''|[\u0060\u2018-\u201F\u0091-\u0094\u2039\u203A\u00AB\u00BB]{1,2})`;
export const DBLQUOT = '("|&quot;)';
export const TBSPEC = oneOf(
  raw`-(RRB|LRB|RCB|LCB|RSB|LSB)-|C\.D\.s|pro-|anti-`,
  `S(&|${SPAMP})(P-500|Ls)|Cap${APOS}n|c${APOS}est`,
);
export const TBSPEC2 = `${APOS}[0-9][0-9]`;
export const SMILEY = raw`[<>]?[:;=][\-o*']?[\(\)DPdpO\\\{@\|\[\]]`;
// In the first, "~" was meant as itself, but is JFlex's "everything up to".
export const ASIANSMILEY = oneOf(
  raw`[\^x=~<>]\.\[\^x=[^<]*<>\]`,
  raw`[\-\^x=~<>']_[\-\^x=~<>']`,
  raw`\([\-\^x=~<>'][_.]?[\-\^x=~<>']\)`,
  raw`\([\^x=~<>']-[\^x=~<>'\u0060]\)`,
);
export const PROG_LANGS = raw`(c\+\+|(c|f)#)`;
