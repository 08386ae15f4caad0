/** A probability that rises or falls with one number: 1 / (1 + exp(-(slope * x + intercept))). */
export interface Sigmoid {
  slope: number;
  intercept: number;
}

const MOST_STEPS = 100;
/** A step that lowers the loss by less, as a share of it, is the last one. */
const PRECISION = 1e-14;
/** Keeps the Hessian invertible where all numbers are the same. */
const RIDGE = 1e-12;

/**
 * Platt scaling: logistic regression of an outcome on one number (Platt 1999), by Newton's method with backtracking (Lin, Lin and
 * Weng 2007). Its targets are not 1 and 0 but (hits + 1) / (hits + 2) and 1 / (misses + 2), so that the slope stays finite
 * where the outcomes can be told apart without an error.
 * @param numbers any finite ones, one an outcome
 * @throws Error where there is none
 */
export function plattScaling(numbers: readonly number[], outcomes: readonly boolean[]): Sigmoid {
  if (numbers.length === 0 || numbers.length !== outcomes.length) {
    throw new Error(
      `Platt scaling needs as many outcomes (${outcomes.length}) as numbers (${numbers.length}).`,
    );
  }

  // Around 0 with a deviation of 1, Newton's steps need no care for the scale.
  const center = meanOf(numbers);
  const deviation = Math.sqrt(meanOf(numbers.map((number) => (number - center) ** 2))) || 1;
  const xs = numbers.map((number) => (number - center) / deviation);
  const hits = outcomes.filter(Boolean).length;
  const misses = outcomes.length - hits;
  const targets = outcomes.map((outcome) => (outcome ? (hits + 1) / (hits + 2) : 1 / (misses + 2)));

  let fitted: Sigmoid = { slope: 0, intercept: Math.log((hits + 1) / (misses + 1)) };
  let loss = lossOf(fitted, xs, targets);
  for (let step = 0; step < MOST_STEPS; step++) {
    const next = lineSearch(fitted, newtonStep(fitted, xs, targets), loss, xs, targets);
    if (!next) break;
    const gain = loss - next.loss;
    fitted = next.sigmoid;
    loss = next.loss;
    if (gain <= PRECISION * loss) break;
  }
  const slope = fitted.slope / deviation;
  return { slope, intercept: fitted.intercept - slope * center };
}

/** The probability at `x`, in (0, 1). */
export function sigmoidAt({ slope, intercept }: Sigmoid, x: number): number {
  return 1 / (1 + Math.exp(-(slope * x + intercept)));
}

/** The step to the minimum of the parabola that touches the loss here: the gradient over the Hessian, 2 x 2. */
function newtonStep(at: Sigmoid, xs: readonly number[], targets: readonly number[]): Sigmoid {
  let [gradientSlope, gradientIntercept] = [0, 0];
  let [hSlopeSlope, hSlopeIntercept, hInterceptIntercept] = [RIDGE, 0, RIDGE];
  for (const [i, x] of xs.entries()) {
    const p = sigmoidAt(at, x);
    const weight = p * (1 - p);
    gradientSlope += (p - targets[i]) * x;
    gradientIntercept += p - targets[i];
    hSlopeSlope += weight * x * x;
    hSlopeIntercept += weight * x;
    hInterceptIntercept += weight;
  }
  const determinant = hSlopeSlope * hInterceptIntercept - hSlopeIntercept ** 2;
  return {
    slope: -(hInterceptIntercept * gradientSlope - hSlopeIntercept * gradientIntercept) / determinant,
    intercept: -(hSlopeSlope * gradientIntercept - hSlopeIntercept * gradientSlope) / determinant,
  };
}

/** The step, or the first of its halves that lowers the loss; undefined where none does: this is the minimum. */
function lineSearch(
  from: Sigmoid,
  step: Sigmoid,
  loss: number,
  xs: readonly number[],
  targets: readonly number[],
): { sigmoid: Sigmoid; loss: number } | undefined {
  for (let share = 1; share > 1e-10; share /= 2) {
    const sigmoid = {
      slope: from.slope + share * step.slope,
      intercept: from.intercept + share * step.intercept,
    };
    const next = lossOf(sigmoid, xs, targets);
    if (next < loss) return { sigmoid, loss: next };
  }
  return undefined;
}

/** Cross-entropy of the targets, summed. */
function lossOf({ slope, intercept }: Sigmoid, xs: readonly number[], targets: readonly number[]): number {
  return xs.reduce((sum, x, i) => {
    const logit = slope * x + intercept;
    // log(1 + exp(logit)) - target * logit, without overflow
    return sum + Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit))) - targets[i] * logit;
  }, 0);
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
