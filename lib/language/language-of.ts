import { CATEGORY_WORDS } from '../metrics/chair/category-words';
import { findObjects } from '../metrics/chair/find-objects';
import type { Tokenizer } from '../tokenizer';
import { FUSED } from '../vision/encoders/fused-encoder';
import { encoderDefinitions } from '../vision/encoders/registry';
import { grammarOf } from './grammar';
import type { Language, ObjectKnowledge } from './language';

/** COCO's categories in the order of their numbers. */
const categories: readonly string[] = Object.keys(CATEGORY_WORDS);

/**
 * What decoding knows of a model's words.
 * @param encoder name in the model's record, of several encoders with `+` between
 * @param repeated words that may come twice in a caption; undefined where that is not known
 */
export function languageOf(encoder: string, tokenizer: Tokenizer, repeated?: readonly string[]): Language {
  const words = Array.from({ length: tokenizer.size }, (_, id) => tokenizer.wordOf(id));
  const objects = objectKnowledge(encoder, tokenizer);
  return { forbids: grammarOf(words, repeated), ...(objects ? { objects } : {}) };
}

/** How captions are compared with what a detector sees, where the last of the encoders is one. */
function objectKnowledge(encoder: string, tokenizer: Pick<Tokenizer, 'decode'>): ObjectKnowledge | undefined {
  const last = encoder.split(FUSED).at(-1);
  const objects = encoderDefinitions().find(({ name }) => name === last)?.objects;
  if (!objects) return undefined;
  return {
    categories: categories.length,
    scale: objects.scale,
    named: (tokens) => [
      ...new Set(findObjects(tokenizer.decode(tokens)).map((category) => categories.indexOf(category))),
    ],
  };
}
