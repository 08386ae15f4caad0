import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../errors';
import { blockIndex, type Block, type EncoderDefinition } from './definition';
import { checkReach, readWeights, type WeightsSource } from './encoder';
import { chain, type LayerWeights, type Size } from './layers';
import { encoderTitles } from './names';

/**
 * The blocks of a network between two end points as a pure function of their weights, so that they can be trained.
 * Their batch normalizations stay folded in: scales and biases are trained with the kernels, the statistics are those
 * of the weights file.
 */
export interface FineTunedBlocks {
  /** the end point whose features go in, and the one whose features come out */
  readonly inputEndPoint: string;
  readonly endPoint: string;
  readonly input: Size;
  readonly output: Size;
  /** shapes of the weights by name */
  readonly shapes: Record<string, number[]>;
  /** [batch, regions, channels] of the lower end point to those of the upper one */
  forward(weights: LayerWeights, features: tf.Tensor3D): tf.Tensor3D;
}

/**
 * @param endPoint empty: the last
 * @throws UserError where an end point is unknown or there is no block between the two
 */
export function fineTunedBlocks(
  definition: EncoderDefinition,
  inputEndPoint: string,
  endPoint: string,
): FineTunedBlocks {
  const blocks = blocksBetween(definition, inputEndPoint, endPoint);
  const network = chain(blocks.map((block) => block.layer));
  const input = definition.blocks[blockIndex(definition, inputEndPoint)].layer.size;
  const output = network.size;
  return {
    inputEndPoint,
    endPoint: blocks[blocks.length - 1].name,
    input,
    output,
    shapes: Object.fromEntries(
      network.convolutions.flatMap(({ name, kernel, filters }) => [
        [`${name}/kernel`, [...kernel]],
        [`${name}/bias`, [filters]],
      ]),
    ),
    forward: (weights, features) =>
      tf.tidy(() => {
        const x = tf.reshape<tf.Rank.R4>(features, [-1, input.side, input.side, input.channels]);
        return tf.reshape<tf.Rank.R3>(network.run(x, weights), [-1, output.side ** 2, output.channels]);
      }),
  };
}

/**
 * The weights of such blocks in a file, by the names of `shapes`.
 * @throws UserError where the file does not reach the end point
 */
export function readFineTunedWeights(
  definition: EncoderDefinition,
  { arrays, source }: WeightsSource,
  { inputEndPoint, endPoint }: Pick<FineTunedBlocks, 'inputEndPoint' | 'endPoint'>,
): LayerWeights {
  const reader = definition.reader(arrays, source);
  checkReach(definition, endPoint, reader, source);
  return readWeights(blocksBetween(definition, inputEndPoint, endPoint), reader);
}

function blocksBetween(definition: EncoderDefinition, inputEndPoint: string, endPoint: string): Block[] {
  const [from, to] = [blockIndex(definition, inputEndPoint), blockIndex(definition, endPoint)];
  if (from >= to) {
    throw new UserError(
      `${encoderTitles[definition.name]} has no blocks behind ${inputEndPoint} up to ${definition.blocks[to].name}: give --fine-tune-from an end point before that.`,
    );
  }
  return definition.blocks.slice(from + 1, to + 1);
}
