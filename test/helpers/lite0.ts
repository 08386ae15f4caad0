import type { WeightArrays } from '../../lib/vision/encoders/weight-arrays';
import { efficientNetLite0 } from '../../lib/vision/encoders/efficientnet-lite';
import { findWeights } from '../../lib/vision/weights/load-encoder';
import { readWeightArrays } from '../../lib/vision/weights/read-weights';

/** The weights file of EfficientNet-Lite0, which set-up puts into models/; undefined where that was not done. */
export const LITE0_WEIGHTS = findWeights(efficientNetLite0);

/** Its arrays. */
export async function lite0Arrays(): Promise<WeightArrays> {
  if (!LITE0_WEIGHTS)
    throw new Error('The weights of EfficientNet-Lite0 are not in models/: run npm run setup.');

  return (await readWeightArrays(LITE0_WEIGHTS)).arrays;
}
