import type { Calibration } from '../confidence/calibration';
import { UserError } from '../errors';
import type { ReliabilityChart } from './chart';

/** Quantile of the normal distribution for intervals of 95 %. */
const Z = 1.96;

/**
 * A reliability plot (DeGroot and Fienberg 1983): in ranges of the confidence, the share of captions that were better than the
 * median, with how many there were. On the diagonal both are the same.
 * @param calibration of a model's record (`model.record.confidence`), with its cross-validated shares
 * @throws UserError where there is no calibration or no caption
 */
export function reliabilityChart(
  calibration: Pick<Calibration, 'bins'> | undefined,
  { title = 'Confidence of captions' }: { title?: string } = {},
): ReliabilityChart {
  if (!calibration || calibration.bins.length === 0) {
    throw new UserError(
      `There is nothing to draw in the chart "${title}": calibrate the model with npm run evaluate -- --calibrate.`,
    );
  }
  return {
    kind: 'reliability',
    title,
    xLabel: 'confidence (numbers: captions, lines: 95 % intervals)',
    yLabel: 'share above the median CIDEr',
    bins: calibration.bins.map(({ predicted, observed, count }) => ({
      predicted,
      observed,
      count,
      ...wilsonInterval(observed, count),
    })),
  };
}

/** The 95 % interval of a share (Wilson 1927), within [0, 1]. */
function wilsonInterval(share: number, count: number): { low: number; high: number } {
  const squared = Z ** 2 / count;
  const center = (share + squared / 2) / (1 + squared);
  const half = (Z / (1 + squared)) * Math.sqrt((share * (1 - share)) / count + squared / (4 * count));
  return { low: Math.max(0, center - half), high: Math.min(1, center + half) };
}
