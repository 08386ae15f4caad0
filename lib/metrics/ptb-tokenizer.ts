import type { Captions, References } from './types';

/**
 * The words of a caption, as the coco-caption scorers see them after the Penn Treebank tokenizer
 * and its removal of punctuation: lower case; "-", "/" and a comma between digits part words;
 * other punctuation is dropped ("dog's" becomes "dogs"); signs such as "&" and "$" stand alone;
 * "cannot" becomes "can not". Letters of every script are kept.
 *
 * Captions whose hyphens and apostrophes were cleaned away before, as in the published outputs that
 * the tests score, come out exactly as from Stanford's program. On raw captions that program keeps
 * "t-shirt" whole and parts "dog 's", which moved scores of Flickr8k's own captions by up to 0.001
 * (BLEU) and 0.006 (CIDEr).
 */
export function tokenize(caption: string): string[] {
  return caption
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\p{Pd}/]/gu, ' ')
    .replace(/(\d),(?=\d)/g, '$1 ')
    .replace(/(?![&#%@*_])[\p{P}`´]/gu, '')
    .replace(/[&#%@*\p{S}]/gu, ' $& ')
    .replace(/\bcannot\b/g, 'can not')
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** The words of one caption for each image. */
export function tokenizeCaptions(captions: Captions): Record<string, string[]> {
  return Object.fromEntries(Object.entries(captions).map(([id, caption]) => [id, tokenize(caption)]));
}

/** The words of every reference of each image. */
export function tokenizeReferences(references: References): Record<string, string[][]> {
  return Object.fromEntries(Object.entries(references).map(([id, captions]) => [id, captions.map(tokenize)]));
}
