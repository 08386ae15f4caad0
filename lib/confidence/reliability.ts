/** Predictions of about the same probability, and what came of them. */
export interface ReliabilityBin {
  /** probabilities of the bin: [from, to), the last one with 1 */
  from: number;
  to: number;
  /** predictions in it, at least one */
  count: number;
  /** mean of the probabilities that were predicted */
  predicted: number;
  /** share of the outcomes that were true */
  observed: number;
}

/** How far predicted probabilities can be relied on. */
export interface Reliability {
  /** mean squared difference of probability and outcome (Brier 1950): 0 is best, 0.25 what 1/2 for each outcome gets */
  brier: number;
  /**
   * expected calibration error (Naeini et al. 2015): mean distance of predicted and observed share, each bin by its count, in [0, 1]
   */
  ece: number;
  /** ten ranges of equal width; those without a prediction are left out */
  bins: ReliabilityBin[];
}

const BINS = 10;

/**
 * Compares predicted probabilities with what came of them.
 * @param predicted in [0, 1], at least one
 * @param outcomes of each prediction
 */
export function measureReliability(predicted: readonly number[], outcomes: readonly boolean[]): Reliability {
  const binOf = (probability: number) => Math.min(BINS - 1, Math.floor(probability * BINS));
  const bins: ReliabilityBin[] = [];
  for (let bin = 0; bin < BINS; bin++) {
    const inBin = predicted.flatMap((probability, i) => (binOf(probability) === bin ? i : []));
    const count = inBin.length;
    if (count === 0) continue;
    const sum = inBin.reduce((total, i) => total + predicted[i], 0);
    const hits = inBin.filter((i) => outcomes[i]).length;
    bins.push({
      from: bin / BINS,
      to: (bin + 1) / BINS,
      count,
      predicted: sum / count,
      observed: hits / count,
    });
  }
  const all = predicted.length;
  const squares = predicted.map((probability, i) => (probability - (outcomes[i] ? 1 : 0)) ** 2);
  return {
    brier: squares.reduce((sum, square) => sum + square, 0) / all,
    ece: bins.reduce((sum, bin) => sum + bin.count * Math.abs(bin.predicted - bin.observed), 0) / all,
    bins,
  };
}
