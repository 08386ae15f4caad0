import { UserError } from '../errors';
import type { StartProgress } from '../progress/progress';
import { loadEncoder, type LoadedEncoder } from '../weights/load-encoder';
import type { ModelRecord } from './format';

/**
 * The encoder that a model was trained with.
 * @param weightsFile path of its weights, or empty for the known places
 * @throws UserError where its weights are other ones: captions would be nonsense
 */
export async function loadModelEncoder(
  { encoder }: Pick<ModelRecord, 'encoder'>,
  weightsFile = '',
  progress?: StartProgress,
): Promise<LoadedEncoder> {
  const { name, endPoint, weightsHash } = encoder;
  const loaded = await loadEncoder({ encoder: name, endPoint, encoderWeights: weightsFile }, progress);
  if (loaded.weightsHash !== weightsHash) {
    loaded.dispose();
    throw new UserError(
      `${loaded.weightsFile} holds other weights (${loaded.weightsHash.slice(0, 12)}) than the model was trained ` +
        `with (${weightsHash.slice(0, 12)}): give that file with --encoder-weights.`,
    );
  }
  return loaded;
}
