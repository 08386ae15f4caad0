import * as tf from '@tensorflow/tfjs-core';
import { compile } from '../../lib/native/graph/compile';
import { matmulPrecision } from '../../lib/native/precision';
import type { Compiled } from '../../lib/ops/compiled';
import { gradientStep } from '../../lib/training/step';
import { countMatmuls } from '../count-matmuls';
import { beside, closeAll, race, timed } from '../race';
import type { Contender, Context, Outcome, Row } from '../row';
import { OurTraining, training, trainingTask, type Precision } from '../training';

/** How near the step of the cross-attention captioner is to what the machine can do. */
export const matmulRows: Row[] = (['float32', 'bfloat16'] as const).map((precision) => ({
  name: `products-${precision}`,
  what: `step of cross-attention beside its own matrix products as plain large ones, ${precision}`,
  run: (context) => raceProducts(precision, context),
}));

async function raceProducts(precision: Precision, { sizes, rounds }: Context): Promise<Outcome> {
  const task = trainingTask('cross-attention', sizes);
  const ours = new OurTraining(task, precision, 1);
  const gradients = gradientStep(task.captioner, { ...training, dropout: task.dropout });
  const operations = countMatmuls(gradients, ours.gradientInputs());
  const products = new LargeProducts(operations, sizes.product, precision);
  const contenders = [ours, products];
  try {
    const measures = await race(contenders, rounds, 1);
    return {
      unit: 'steps/s',
      measures,
      comparisons: [beside(measures[0], measures[1], { timeAtMost: 1.25 })],
      notes: [
        `${(operations / 1e9).toPrecision(3)} GFLOP of products in a step; plain products of side ${sizes.product}: ` +
          `${((measures[1].median * operations) / 1e9).toPrecision(3)} GFLOP/s`,
      ],
    };
  } finally {
    closeAll(contenders);
    tf.dispose([task.weights, task.batch]);
  }
}

/** Products in a graph. */
const CHAIN_LENGTH = 4;

type Factors = Record<'x' | 'y', tf.Tensor2D>;

/** As many floating-point operations as asked for, in products of large square matrices. */
class LargeProducts implements Contender {
  readonly name = 'its products alone';
  private readonly graph: Compiled<Factors, tf.Tensor>;
  private readonly factors: Factors;
  private readonly runs: number;

  constructor(
    private readonly operations: number,
    private readonly side: number,
    precision: Precision,
  ) {
    // Of this deviation a product leaves the size of the values as it is.
    const matrix = (seed: number) =>
      tf.randomNormal<tf.Rank.R2>([side, side], 0, 1 / Math.sqrt(side), 'float32', seed);
    this.factors = { x: matrix(1), y: matrix(2) };
    this.runs = Math.max(1, Math.round(operations / this.operationsOfRun));
    // Each product needs the one before, so that TensorFlow can't leave one out.
    const multiplied = ({ x, y }: Factors) => {
      let product = x;
      for (let i = 0; i < CHAIN_LENGTH; i++) product = tf.matMul(product, y);
      return product;
    };
    this.graph = compile(multiplied, {
      precision: matmulPrecision(precision),
      name: 'large products',
    });
  }

  /** The time that the operations asked for would take. */
  async round(): Promise<number> {
    const seconds = await timed(() => {
      for (let i = 0; i < this.runs; i++) tf.dispose(this.graph(this.factors));
    });
    return (seconds * this.operations) / (this.runs * this.operationsOfRun);
  }

  close(): void {
    this.graph.dispose();
    tf.dispose(this.factors);
  }

  private get operationsOfRun(): number {
    return CHAIN_LENGTH * 2 * this.side ** 3;
  }
}
