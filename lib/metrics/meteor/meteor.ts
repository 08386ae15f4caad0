import { tokenize } from '../ptb-tokenizer';
import type { Captions, Metric, MetricResult, References } from '../types';
import { align } from './aligner';
import { findMeteorFolder, readMeteorData, type MeteorData } from './data';
import { prepareSentence, type Sentence } from './matchers';
import { normalize } from './normalize';
import { Paraphrases } from './paraphrases';
import { scoreOf, statisticsOf, sumOf, type Statistics } from './statistics';
import { Synonyms } from './synonyms';

const PREPARED_AT_MOST = 20_000;

/**
 * METEOR 1.5 for English (Denkowski and Lavie 2014), as coco-caption calls its program: with
 * exact, stem, synonym and paraphrase matches and the weights tuned to rankings by people.
 * Each candidate counts with the reference that suits it best.
 */
export class Meteor {
  private readonly functionWords: ReadonlySet<string>;
  private readonly synonyms: Synonyms;
  private readonly paraphrases: Paraphrases;
  /** References and candidates seen before: the same ones come again and again while training. */
  private readonly prepared = new Map<string, Sentence>();

  constructor(data: MeteorData) {
    this.functionWords = new Set(data.functionWords.split('\n').filter((word) => word !== ''));
    this.synonyms = new Synonyms(data.synsets, data.exceptions);
    this.paraphrases = new Paraphrases(data.paraphrases);
  }

  /** Scores one caption for each image, in [0, 1]; the corpus figure comes from summed statistics. */
  score(references: References, candidates: Captions): MetricResult {
    const best = Object.entries(candidates).map(
      ([id, caption]) => [id, this.bestStatistics(caption, references[id])] as const,
    );
    return {
      corpus: scoreOf(sumOf(best.map(([, statistics]) => statistics))),
      perImage: Object.fromEntries(best.map(([id, statistics]) => [id, scoreOf(statistics)])),
    };
  }

  private bestStatistics(caption: string, references: string[]): Statistics {
    const candidate = this.prepare(caption);
    return references
      .map((reference) => this.prepare(reference))
      .map((reference) => statisticsOf(candidate, reference, align(candidate, reference), this.functionWords))
      .reduce((best, next) => (scoreOf(next) > scoreOf(best) ? next : best));
  }

  private prepare(caption: string): Sentence {
    let sentence = this.prepared.get(caption);
    if (sentence === undefined) {
      sentence = prepareSentence(normalize(tokenize(caption)), this.synonyms, this.paraphrases);
      if (this.prepared.size >= PREPARED_AT_MOST) this.prepared.clear();

      this.prepared.set(caption, sentence);
    }
    return sentence;
  }
}

let loaded: Meteor | undefined;

/** METEOR; left out, never replaced, where its data is missing. Loaded it takes 300 MB. */
export const meteorMetric: Metric = {
  name: 'METEOR',
  scores: ['METEOR'],
  available: async () =>
    (await findMeteorFolder()) !== undefined ||
    'METEOR is left out: its data, the Python package pycocoevalcap, is not in .venv; npm start installs it.',
  async load() {
    loaded ??= await loadMeteor((await findMeteorFolder()) ?? '.venv');
  },
  score(references, candidates) {
    if (loaded === undefined) throw new Error('METEOR must be loaded before it scores.');
    return { METEOR: loaded.score(references, candidates) };
  },
};

/**
 * Reads METEOR's data; takes some seconds.
 * @param folder the folder of meteor-1.5.jar
 * @throws UserError where the data is missing or damaged
 */
export async function loadMeteor(folder: string): Promise<Meteor> {
  return new Meteor(await readMeteorData(folder));
}
