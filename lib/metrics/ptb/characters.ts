// Sets of characters of PTBLexer's rules, in the syntax of pattern.ts.

const raw = String.raw;

/** Letters, capitals and digits that Unicode got after 6.3, the version that PTBLexer 3.4.1 knows. */
const SINCE_UNICODE_6_3 = `[${[
  raw`\u037F\u0528-\u052F\u0560\u0588\u05EF\u0860-\u086A\u0870-\u0887\u0889-\u088F\u08A1\u08AD-\u08C9`,
  raw`\u0978\u0980\u09FC\u0AF9\u0C34\u0C5A\u0C5C\u0C5D\u0C80\u0CDC\u0CDD\u0D04\u0D54-\u0D56\u0D5F\u0DE6-\u0DEF`,
  raw`\u0E86\u0E89\u0E8C\u0E8E-\u0E93\u0E98\u0EA0\u0EA8\u0EA9\u0EAC\u13F5\u13F8-\u13FD\u16F1-\u16F8\u170D`,
  raw`\u171F\u1878\u191D\u191E\u19B0-\u19C0\u19C8\u19C9\u1B4C\u1C80-\u1C8A\u1C90-\u1CBA\u1CBD-\u1CBF`,
  raw`\u1CF2\u1CF3\u1CFA\u2C2F\u2C5F\u312E\u312F\u31BB-\u31BF\u4DB6-\u4DBF\u9FCD-\u9FFF\uA698-\uA69D\uA78F`,
  raw`\uA794-\uA79F\uA7AB-\uA7DC\uA7F1-\uA7F7\uA8FD\uA8FE\uA9E0-\uA9E4\uA9E6-\uA9FE\uAA7E\uAA7F`,
  raw`\uAB30-\uAB5A\uAB5C-\uAB69\uAB70-\uABBF`,
].join('')}]`;

/** The original's `[:letter:]`. */
export const LETTER = raw`[[\p{L}\u1885\u1886]--${SINCE_UNICODE_6_3}]`;

/** The original's `[:uppercase:]`; Cherokee had no cases yet. */
export const UPPERCASE = raw`[\p{Uppercase}--[${SINCE_UNICODE_6_3}\u13A0-\u13F4]]`;

/** The original's `[:digit:]`. */
export const NUMERAL = raw`[\p{Nd}--${SINCE_UNICODE_6_3}]`;

/** Digits, with those of N'Ko. */
export const DIGIT = raw`[${NUMERAL}\u07C0-\u07C9]`;

/** Letters, and the soft hyphens, modifiers and combining marks that may stand in words. */
export const WORD_CHARACTER = `[${LETTER}${[
  raw`\u00AD\u02C2-\u02C5\u02D2-\u02DF\u02E5-\u02FF\u0300-\u036F\u0375\u0378\u0379\u0384\u0385\u03F6`,
  raw`\u0483-\u0487\u055A-\u055F\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0615-\u061A\u064B-\u065E`,
  raw`\u0670\u06D6-\u06EF\u06FA-\u06FF\u070F\u0711\u0730-\u074C\u07A6-\u07B1\u07CA-\u07F5\u07FA`,
  raw`\u0900-\u0903\u093C\u093E-\u094E\u0951-\u0955\u0962\u0963\u0981-\u0983\u09BC-\u09C4\u09C7\u09C8`,
  raw`\u09CB-\u09CD\u09D7\u09E2\u09E3\u0A01-\u0A03\u0A3C\u0A3E-\u0A4F\u0A81-\u0A83\u0ABC-\u0ACF`,
  raw`\u0B82\u0BBE-\u0BC2\u0BC6-\u0BC8\u0BCA-\u0BCD\u0C01-\u0C03\u0C3E-\u0C56\u0D3E-\u0D44\u0D46-\u0D48`,
  raw`\u0E30-\u0E3A\u0E47-\u0E4E\u0EB1-\u0EBC\u0EC8-\u0ECD`,
].join('')}]`;

export const SPACE = raw`[ \t\u00A0\u2000-\u200A\u3000]`;

/** Characters that count for nothing: directions of writing, a space of no width, a byte-order mark. */
export const INVISIBLE = raw`[\u0000\u007F\u200B\u200E\u200F\uFEFF]`;

export const LINE_BREAK = raw`\n\r\u000B\u000C\u0085\u2028\u2029`;

/** Signs that stand alone; U+2190 to U+2BFF are arrows, mathematics, boxes, dingbats and their like. */
export const MISCSYMBOL = `[${[
  raw`+%\&~\^\|\\\u00A6-\u00A9\u00AC\u00AE-\u00BA\u00D7\u00F7\u0387\u05BE\u05C0\u05C3\u05C6\u05F3\u05F4`,
  raw`\u0600-\u0603\u0606-\u060A\u060C\u0614\u061B\u061E\u066A\u066D\u0703-\u070D\u07F6-\u07F8\u0964\u0965`,
  raw`\u0E4F\u1FBD\u2016\u2017\u2020-\u2023\u2030-\u2038\u203B\u203E-\u2042\u2044\u207A-\u207F\u208A-\u208E`,
  raw`\u2100-\u214F\u2190-\u2BFF\u3012\u30FB\uFF01-\uFF0F\uFF1A-\uFF20\uFF3B-\uFF40\uFF5B-\uFF65`,
].join('')}]`;

/** Ends of sentences besides "?" and "!". */
export const PERIOD = raw`[.\u00A1\u00BF\u037E\u0589\u061F\u06D4\u0700-\u0702\u07FA\u3002]`;
