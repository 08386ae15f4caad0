import { ptbTokens } from './ptb/lexer';
import type { Captions, References } from './types';

// What coco-caption drops. Its list also has "-LRB-" and the like, but tokens are lower case by then.
const PUNCTUATION = new Set(["''", "'", '``', '`', '.', '?', '!', ',', ':', '-', '--', '...', ';']);

// coco-caption tokenizes all captions as lines of one file, so that the next caption has a say in
// whether "K." at the end of one keeps its period. It does not where a sentence starts, as most do.
const NEXT_CAPTION = '\nA ';

/**
 * The tokens of a caption exactly as the coco-caption scorers see them: those of Stanford's
 * PTBTokenizer 3.4.1 (`-preserveLines -lowerCase`) without punctuation. "It's a dog's T-shirt (red)."
 * becomes `it 's a dog 's t-shirt -lrb- red -rrb-`. As there, a number and its fraction are one
 * token with a no-break space ("1 1/2"), and so are phone numbers.
 */
export function tokenize(caption: string): string[] {
  const tokens = ptbTokens(caption.replaceAll('\n', ' '), NEXT_CAPTION);
  // Spaces at the end of a line go, even a no-break space that belongs to an address.
  const last = tokens.pop()?.trimEnd() ?? '';
  return [...tokens, last]
    .map((token) => token.toLowerCase())
    .filter((token) => token !== '' && !PUNCTUATION.has(token));
}

/** The tokens as coco-caption's BLEU and CIDEr count them: they split at spaces of every kind. */
export function tokenizeAtSpaces(caption: string): string[] {
  return tokenize(caption)
    .flatMap((token) => token.split(/\s+/))
    .filter((token) => token !== '');
}

/** The tokens of one caption for each image. */
export function tokenizeCaptions(captions: Captions, tokenizer = tokenize): Record<string, string[]> {
  return Object.fromEntries(Object.entries(captions).map(([id, caption]) => [id, tokenizer(caption)]));
}

/** The tokens of every reference of each image. */
export function tokenizeReferences(references: References, tokenizer = tokenize): Record<string, string[][]> {
  return Object.fromEntries(
    Object.entries(references).map(([id, captions]) => [id, captions.map((caption) => tokenizer(caption))]),
  );
}
