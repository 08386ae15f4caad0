import { DivergedError } from '../errors';

/**
 * A loss so many times that of a captioner that knows nothing, ln(vocabSize), is that of one that is sure of what is
 * wrong: it does not come back from there.
 */
const ABSURD = 10;

/** Which loss it is, for the message. */
export interface CheckedLoss {
  /** "loss of step 7" */
  what: string;
  /** the learning rate */
  rate: number;
  /** folder of the last good checkpoint, where there is one */
  kept?: string;
}

/**
 * Checks a loss while a captioner is trained.
 * @param loss nats per token; of CIDEr optimization it may be below 0
 * @param uniform the loss where all tokens are equally likely: ln(vocabSize)
 * @throws DivergedError where it is not finite, or absurd
 */
export function assertConverging(loss: number, uniform: number, { what, rate, kept }: CheckedLoss): void {
  if (Number.isFinite(loss) && Math.abs(loss) <= ABSURD * uniform) return;
  const value = Number.isFinite(loss) ? loss.toPrecision(2) : String(loss);
  const usual = Number.isFinite(loss)
    ? `, where a captioner that knows nothing has ${uniform.toFixed(1)}`
    : '';
  const checkpoint = kept ? `; the last good checkpoint is in ${kept}` : '';
  throw new DivergedError(
    `The ${what} is ${value}${usual}, with learning rate ${rate.toPrecision(2)}: the training has diverged, lower the ` +
      `learning rate${checkpoint}.`,
  );
}
