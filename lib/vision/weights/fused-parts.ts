import { UserError } from '../../errors';
import { FUSED } from '../encoders/fused-encoder';
import { encoderDefinition } from '../encoders/registry';
import type { EncoderLoadOptions } from '../options';

/** Between the weights files of several encoders. */
const FILES = ',';

/**
 * The options of each of several encoders that look at images together: 'a+b' at 'x+y' with the weights 'f,g' is 'a' at 'x'
 * with 'f' and 'b' at 'y' with 'g'. End points and weights that are not given are the usual ones.
 * @throws UserError for a name that is none, more end points or weights than encoders, an encoder twice, or fine-tuning
 */
export function fusedParts({
  encoder,
  endPoint,
  encoderWeights,
  fineTuneFrom = '',
}: EncoderLoadOptions): EncoderLoadOptions[] {
  if (fineTuneFrom !== '') {
    throw new UserError(
      `Several encoders together (${encoder}) cannot be fine-tuned: leave out fineTuneFrom.`,
    );
  }
  const names = encoder.split(FUSED);
  if (names.includes('auto'))
    throw new UserError(`"auto" is no part of ${encoder}: name each encoder that looks at the image.`);
  for (const name of names) encoderDefinition(name); // whether it is one

  const endPoints = endPoint.split(FUSED);
  const files = encoderWeights.split(FILES).map((file) => file.trim());
  refuseMore('endPoint', endPoints, FUSED, names);
  refuseMore('encoderWeights', files, FILES, names);
  const parts = names.map((name, i) => ({
    encoder: name,
    endPoint: endPoints[i] ?? '',
    encoderWeights: files[i] ?? '',
  }));
  if (new Set(parts.map((part) => JSON.stringify(part))).size < parts.length)
    throw new UserError(`${encoder} names an encoder twice at the same end point: leave one out.`);
  return parts;
}

function refuseMore(
  option: string,
  values: readonly string[],
  joint: string,
  names: readonly string[],
): void {
  if (values.length <= names.length) return;
  throw new UserError(
    `${option} has ${values.length} parts (${values.join(joint)}) for ${names.length} encoders ` +
      `(${names.join(FUSED)}): give one for each, in their order.`,
  );
}
