import type { Tokenizer } from '../tokenizer';
import type { Batch } from '../training/batches';
import { markdownTable } from './tables';

/**
 * The first captions of a training batch as a Markdown table: the token ids that go in, the ids to predict, one step
 * later, the mask of the loss, and what the ids to predict say.
 * @param rows captions at most
 */
export function batchTable(
  { tokens, targets, lossWeights, images, rows: all, steps }: Batch,
  tokenizer: Pick<Tokenizer, 'decode'>,
  rows = 4,
): string {
  const row = (values: ArrayLike<number>, i: number) =>
    Array.from({ length: steps }, (_, step) => values[i * steps + step]);
  // An image with fewer captions than others has rows that hold none.
  const captions = Array.from({ length: all }, (_, i) => i).filter((i) => lossWeights[i * steps] !== 0);
  return markdownTable(
    ['image', 'ids in', 'ids out', 'mask', 'ids out as words'],
    captions
      .slice(0, rows)
      .map((i) => [
        images[Math.floor((i * images.length) / all)],
        row(tokens, i).join(' '),
        row(targets, i).join(' '),
        row(lossWeights, i).join(' '),
        tokenizer.decode(row(targets, i)),
      ]),
  );
}
