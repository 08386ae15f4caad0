import { UserError } from '../../errors';
import type { StartProgress } from '../../progress/progress';
import { FUSED } from '../encoders/fused-encoder';
import { loadEncoder, type LoadedEncoder } from './load-encoder';

/** What a model's record states about its encoder and its features. */
export interface RecordedEncoder {
  encoder: { name: string; endPoint: string; weightsHash: string };
  inputs: { regions: number; channels: number };
}

/**
 * The encoder that a model was trained with.
 * @param weightsFile path of its weights, or empty for the known places
 * @throws UserError where the file holds other weights, since captions would be nonsense, and where the features do
 *   not fit the captioner
 */
export async function loadModelEncoder(
  { encoder, inputs }: RecordedEncoder,
  weightsFile = '',
  progress?: StartProgress,
): Promise<LoadedEncoder> {
  const { name, endPoint, weightsHash } = encoder;
  const loaded = await loadEncoder({ encoder: name, endPoint, encoderWeights: weightsFile }, progress);
  if (loaded.weightsHash !== weightsHash) {
    loaded.dispose();
    const file = name.includes(FUSED) ? `One of ${loaded.weightsFile}` : loaded.weightsFile;
    throw new UserError(
      `${file} holds other weights (${loaded.weightsHash.slice(0, 12)}) than the model was trained ` +
        `with (${weightsHash.slice(0, 12)}): give that file as encoderWeights.`,
    );
  }
  if (loaded.regions !== inputs.regions || loaded.channels !== inputs.channels) {
    loaded.dispose();
    throw new UserError(
      `The model takes ${inputs.regions} regions of ${inputs.channels} channels but ${name} at ${endPoint} gives ` +
        `${loaded.regions} of ${loaded.channels}: its model.json was changed, copy the whole folder again.`,
    );
  }
  return loaded;
}
