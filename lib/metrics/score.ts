import { UserError } from '../errors';
import { allMetrics } from './registry';
import { checkSameImages } from './same-images';
import type { Captions, Knowledge, Metric, MetricResult, References, Scores } from './types';

/** The scores of a set of captions. */
export interface ScoredCaptions {
  /** Of the whole set; BLEU and METEOR are not the mean of their images' figures, the others are. */
  corpus: Scores;
  /** Of each image, in the order of the candidates. */
  perImage: Record<string, Scores>;
  /** A sentence for each metric that is missing here. */
  notes: string[];
}

/**
 * Scores one caption per image against its references with every metric that is available, after
 * tokenization as coco-caption's. METEOR takes seconds to load, once.
 * @param knowledge what some metrics need or take into account
 * @throws UserError where candidates and references are not of the same images
 */
export async function scoreCaptions(
  references: References,
  candidates: Captions,
  knowledge: Knowledge = {},
): Promise<ScoredCaptions> {
  checkSameImages(references, candidates);
  const available: Metric[] = [];
  const notes: string[] = [];
  for (const metric of allMetrics().filter(({ needs }) => !needs || knowledge[needs])) {
    const state = await metric.available();
    if (state === true) available.push(metric);
    else notes.push(state);
  }
  await loadMetrics(available);
  return { ...scoreWith(available, references, candidates, knowledge), notes };
}

/**
 * Loads metrics for `scoreWith`.
 * @throws UserError that says what is missing where one is not available
 */
export async function loadMetrics(metrics: readonly Metric[]): Promise<void> {
  for (const metric of metrics) {
    const state = await metric.available();
    if (state !== true) throw new UserError(state);

    await metric.load();
  }
}

/** Scores captions with metrics that are loaded. */
export function scoreWith(
  metrics: readonly Metric[],
  references: References,
  candidates: Captions,
  knowledge: Knowledge = {},
): Pick<ScoredCaptions, 'corpus' | 'perImage'> {
  const results = metrics.flatMap((metric) => {
    const scores = metric.score(references, candidates, knowledge);
    return metric.scores.map((name) => [name, scores[name]] as const);
  });
  const assemble = (pick: (result: MetricResult) => number): Scores =>
    Object.fromEntries(results.map(([name, result]) => [name, pick(result)]));
  return {
    corpus: assemble((result) => result.corpus),
    perImage: Object.fromEntries(
      Object.keys(candidates).map((id) => [id, assemble((result) => result.perImage[id])]),
    ),
  };
}
