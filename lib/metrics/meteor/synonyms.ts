// METEOR's table of English endings, tried in this order: ending -> what stands there in the base form.
// prettier-ignore
const ENDINGS: [ending: string, base: string][] = [
  ['s', ''], ['ses', 's'], ['xes', 'x'], ['zes', 'z'], ['ches', 'ch'], ['shes', 'sh'], ['men', 'man'],
  ['ies', 'y'], ['es', 'e'], ['es', ''], ['ed', 'e'], ['ed', ''], ['ing', 'e'], ['ing', ''],
  ['er', ''], ['est', ''], ['er', 'e'], ['est', 'e'],
];

/** The WordNet synsets of English words, as METEOR looks them up. */
export class Synonyms {
  /** Numbers of synsets, separated by spaces. */
  private readonly synsets = new Map<string, string>();
  private readonly bases = new Map<string, string[]>();
  private readonly known = new Map<string, ReadonlySet<string>>();

  /** @param synsets @param exceptions the two files of METEOR's data */
  constructor(synsets: string, exceptions: string) {
    for (const [word, numbers] of pairsOfLines(synsets)) this.synsets.set(word, numbers);

    for (const [base, forms] of pairsOfLines(exceptions))
      for (const form of split(forms)) this.bases.set(form, [...(this.bases.get(form) ?? []), base]);
  }

  /** The synsets of a word and of its base forms; two words that share one are synonyms. */
  of(word: string): ReadonlySet<string> {
    let found = this.known.get(word);
    if (found === undefined) {
      const bases = this.bases.get(word) ?? [this.baseOf(word)];
      found = new Set([word, ...bases].flatMap((form) => split(this.synsets.get(form) ?? '')));
      this.known.set(word, found);
    }
    return found;
  }

  /** The first base form in WordNet that an ending leads to; '' where there is none. */
  private baseOf(word: string): string {
    if (word.endsWith('ss') || word.length <= 2) return word;

    return (
      ENDINGS.filter(([ending]) => word.endsWith(ending))
        .map(([ending, base]) => word.slice(0, -ending.length) + base)
        .find((form) => this.synsets.has(form)) ?? ''
    );
  }
}

function pairsOfLines(text: string): [string, string][] {
  const lines = text.split('\n');
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < lines.length; i += 2) pairs.push([lines[i], lines[i + 1]]);

  return pairs;
}

function split(text: string): string[] {
  return text.split(/\s+/).filter((part) => part !== '');
}
