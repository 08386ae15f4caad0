/**
 * Patterns as lexer generators such as JFlex read them: literals, `\` escapes, sets `[…]`, groups
 * `(…)`, choices `|` and repetitions `* + ? {n} {m,n}`. Sets have the syntax of JavaScript's
 * `v` flag, so they nest and subtract. As under JFlex's `%caseless`, a literal matches both cases
 * and a set only what it names.
 */
export type Pattern =
  | { kind: 'set'; set: RegExp }
  | { kind: 'sequence'; parts: Pattern[] }
  | { kind: 'choice'; options: Pattern[] }
  | { kind: 'repeat'; part: Pattern; min: number; max: number };

/** @throws SyntaxError where the pattern is malformed */
export function parsePattern(source: string): Pattern {
  return new PatternParser(source).parse();
}

class PatternParser {
  private position = 0;

  constructor(private readonly source: string) {}

  parse(): Pattern {
    const pattern = this.choice();
    if (this.position < this.source.length) this.fail('unexpected ")"');
    return pattern;
  }

  private choice(): Pattern {
    const options = [this.sequence()];
    while (this.skip('|')) options.push(this.sequence());
    return options.length === 1 ? options[0] : { kind: 'choice', options };
  }

  private sequence(): Pattern {
    const parts: Pattern[] = [];
    while (this.position < this.source.length && !'|)'.includes(this.source[this.position]))
      parts.push(this.repetition());
    return parts.length === 1 ? parts[0] : { kind: 'sequence', parts };
  }

  private repetition(): Pattern {
    let part = this.atom();
    for (;;) {
      const bounds = this.bounds();
      if (bounds === undefined) return part;
      part = { kind: 'repeat', part, ...bounds };
    }
  }

  private bounds(): { min: number; max: number } | undefined {
    if (this.skip('*')) return { min: 0, max: Infinity };
    if (this.skip('+')) return { min: 1, max: Infinity };
    if (this.skip('?')) return { min: 0, max: 1 };
    const counts = /^\{(\d+)(?:,(\d+))?\}/.exec(this.source.slice(this.position));
    if (counts === null) return undefined;
    this.position += counts[0].length;
    return { min: Number(counts[1]), max: Number(counts[2] ?? counts[1]) };
  }

  private atom(): Pattern {
    if (this.skip('(')) {
      const group = this.choice();
      if (!this.skip(')')) this.fail('missing ")"');
      return group;
    }
    if (this.source[this.position] === '[') return { kind: 'set', set: setOf(this.set(), 'v') };

    return { kind: 'set', set: this.literal() };
  }

  /** The source of a set, up to the bracket that closes it. */
  private set(): string {
    const start = this.position;
    let depth = 0;
    do {
      const character = this.source[this.position++];
      if (character === undefined) this.fail('missing "]"');
      if (character === '\\') this.position++;
      if (character === '[') depth++;
      if (character === ']') depth--;
    } while (depth > 0);
    return this.source.slice(start, this.position);
  }

  private literal(): RegExp {
    const [literal, hex, escaped] = /^(?:\\u([\dA-Fa-f]{4})|\\(.)|.)/s.exec(
      this.source.slice(this.position),
    )!;
    this.position += literal.length;
    const code = hex ?? (escaped ?? literal).charCodeAt(0).toString(16);
    // JFlex counts the dotted capital and the dotless i as cases of "i", unlike Unicode's case folding.
    return setOf(/[iI]/.test(literal) ? '[iI\\u0130\\u0131]' : `\\u{${code}}`, 'iu');
  }

  private skip(character: string): boolean {
    const found = this.source[this.position] === character;
    if (found) this.position++;
    return found;
  }

  private fail(reason: string): never {
    throw new SyntaxError(`Pattern ${this.source}: ${reason} at ${this.position}.`);
  }
}

const sets = new Map<string, RegExp>();

/** A set of characters; the same object for the same set. */
function setOf(source: string, flags: string): RegExp {
  const key = source + flags;
  const set = sets.get(key) ?? new RegExp(source, flags);
  sets.set(key, set);
  return set;
}
