import { wordChoices } from '../decoding/constraints';
import type { Model } from '../model/saved-model';
import { UserError } from '../errors';
import { shortValue } from '../short-value';

const EXPECTED_MODEL = 'the folder of a model, a loaded model, or a list of these';

/**
 * Checks what no schema describes of the options of `generateCaption`, for callers without types: that they are an object, the
 * model a folder or a loaded one, and the words lists.
 * @throws UserError that names the option
 */
export function checkOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new UserError(
      `The options are ${shortValue(options)}: expected an object such as { beamWidth: 3 }, or nothing.`,
    );
  }
  const { model = [], include = [], exclude = [] } = options as Record<string, unknown>;
  const models: readonly unknown[] = Array.isArray(model) ? model : [model];
  const wrong = models.findIndex((one) => !isModel(one));
  if (wrong >= 0)
    throw new UserError(`Option model: expected ${EXPECTED_MODEL}, got ${shortValue(models[wrong])}.`);
  wordChoices('include', include);
  wordChoices('exclude', exclude);
}

function isModel(one: unknown): boolean {
  if (typeof one === 'string') return one.trim() !== '';
  const parts: (keyof Model)[] = ['record', 'captioner', 'weights', 'tokenizer'];
  return typeof one === 'object' && one !== null && parts.every((part) => part in one);
}
