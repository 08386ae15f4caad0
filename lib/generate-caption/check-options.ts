import type { Model } from '../model/saved-model';
import { UserError } from '../errors';
import { shortValue } from '../short-value';

const EXPECTED_MODEL = 'the folder of a model, a loaded model, or a list of these';

const EXPECTED_WORDS = 'a list of words, each a text or a list of texts to choose from';

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
  for (const [name, words] of Object.entries({ include, exclude })) {
    if (!isWords(words))
      throw new UserError(`Option ${name}: expected ${EXPECTED_WORDS}, got ${shortValue(words)}.`);
  }
}

const isTexts = (one: unknown): boolean =>
  Array.isArray(one) && one.every((text) => typeof text === 'string');

const isWords = (words: unknown): boolean =>
  Array.isArray(words) && words.every((one) => typeof one === 'string' || isTexts(one));

function isModel(one: unknown): boolean {
  if (typeof one === 'string') return one.trim() !== '';
  const parts: (keyof Model)[] = ['record', 'captioner', 'weights', 'tokenizer'];
  return typeof one === 'object' && one !== null && parts.every((part) => part in one);
}
