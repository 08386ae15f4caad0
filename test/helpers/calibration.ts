import type { Calibration } from '../../lib/confidence/calibration';
import type { Sigmoid } from '../../lib/confidence/platt';
import { decodingOptions } from '../../lib/decoding/options';
import { searchOptions } from '../../lib/decoding/search-options';

/** A calibration for beam search with the default options; what it says of its fit is made up. */
export function calibrationOfBeam(sigmoid: Sigmoid): Calibration {
  return {
    ...sigmoid,
    decoding: searchOptions(decodingOptions.parse({}))!,
    images: 100,
    medianCider: 0.4,
    brier: 0.2,
    ece: 0.03,
    bins: [{ from: 0.4, to: 0.5, count: 100, predicted: 0.46, observed: 0.5 }],
  };
}
