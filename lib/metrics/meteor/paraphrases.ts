const NEWLINE = 10;
const SPACE = 32;

/**
 * METEOR's paraphrase table. It holds millions of pairs, so it stays the bytes it came as: the
 * phrases are sorted, only the offset of each is stored, and look-ups are binary searches.
 */
export class Paraphrases {
  /** Where the first line of each phrase's pairs begins, and the end of the table. */
  private readonly starts: Uint32Array;
  private readonly known = new Map<number, string[][]>();

  /** @param table three lines a pair: probability, phrase, paraphrase; sorted by the phrase's bytes */
  constructor(private readonly table: Buffer) {
    this.starts = findPhrases(table);
  }

  /**
   * The phrases that begin at a word of a sentence, each with its paraphrases in words.
   * @param words the sentence
   * @param position index of the first word
   */
  startingAt(words: readonly string[], position: number): { length: number; paraphrases: string[][] }[] {
    const found: { length: number; paraphrases: string[][] }[] = [];
    for (let end = position + 1; end <= words.length; end++) {
      const phrase = Buffer.from(words.slice(position, end).join(' '));
      const index = this.firstNotBefore(phrase);
      const match = this.matchAt(index, phrase);
      if (match === 'equal') found.push({ length: end - position, paraphrases: this.paraphrasesAt(index) });
      else if (match === 'none') break;
    }
    return found;
  }

  /** Index of the first phrase that does not sort before the given one. */
  private firstNotBefore(phrase: Buffer): number {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.compare(middle, phrase) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private compare(index: number, phrase: Buffer): number {
    const start = this.phraseStart(index);
    for (let i = 0; i < phrase.length; i++) {
      const difference = this.table[start + i] - phrase[i];
      if (difference !== 0) return difference;
    }
    return this.table[start + phrase.length] === NEWLINE ? 0 : 1;
  }

  /** Whether the phrase stands at this index, or begins a longer one there. */
  private matchAt(index: number, phrase: Buffer): 'equal' | 'prefix' | 'none' {
    if (index === this.starts.length - 1) return 'none';

    const start = this.phraseStart(index);
    const end = start + phrase.length;
    if (!this.table.subarray(start, end).equals(phrase)) return 'none';

    return this.table[end] === NEWLINE ? 'equal' : this.table[end] === SPACE ? 'prefix' : 'none';
  }

  private paraphrasesAt(index: number): string[][] {
    let paraphrases = this.known.get(index);
    if (paraphrases === undefined) {
      const lines = this.table.toString('utf8', this.starts[index], this.starts[index + 1]).split('\n');
      paraphrases = lines.filter((_, i) => i % 3 === 2).map((line) => line.split(' '));
      this.known.set(index, paraphrases);
    }
    return paraphrases;
  }

  private phraseStart(index: number): number {
    return this.table.indexOf(NEWLINE, this.starts[index]) + 1;
  }
}

function findPhrases(table: Buffer): Uint32Array {
  const starts: number[] = [];
  let previousPhrase = 0;
  let previousLength = -1;
  for (let start = 0; start < table.length;) {
    const phrase = lineEnd(table, start) + 1;
    const phraseEnd = lineEnd(table, phrase);
    if (phraseEnd - phrase !== previousLength || !sameBytes(table, phrase, previousPhrase, previousLength)) {
      starts.push(start);
      previousLength = phraseEnd - phrase;
    }
    previousPhrase = phrase;
    start = lineEnd(table, phraseEnd + 1) + 1;
  }
  return Uint32Array.from([...starts, table.length]);
}

// A plain loop: on lines this short it is several times faster than Buffer.indexOf.
function lineEnd(table: Buffer, start: number): number {
  let end = start;
  while (end < table.length && table[end] !== NEWLINE) end++;

  return end;
}

function sameBytes(table: Buffer, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (table[a + i] !== table[b + i]) return false;

  return true;
}
