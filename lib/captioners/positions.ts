import * as tf from '@tensorflow/tfjs-core';

/**
 * Sinusoids that tell a word's place (Vaswani et al. 2017, 3.5): [steps, width], for the places from `first` on.
 * Column 2i is sin(place / 10000^(2i / width)), column 2i + 1 its cosine.
 */
export function sinusoids(firstPosition: number, steps: number, width: number): tf.Tensor2D {
  const values = new Float32Array(steps * width).map((_, at) => {
    const column = at % width;
    const angle = (firstPosition + Math.floor(at / width)) / 10_000 ** ((column - (column % 2)) / width);
    return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
  return tf.tensor2d(values, [steps, width]);
}

/** Added to attention's scores, lets each place see itself and those before: [steps, steps]. */
export function causalMask(steps: number): tf.Tensor2D {
  const values = new Float32Array(steps * steps).map((_, at) =>
    at % steps > Math.floor(at / steps) ? -1e9 : 0,
  );
  return tf.tensor2d(values, [steps, steps]);
}
