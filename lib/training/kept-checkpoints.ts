import fs from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { readTensors, writeTensors } from '../safetensors';
import { rankedEpochs, type Monitor, type TrainingRecord } from './record';
import { numbered } from './optimizer';

/**
 * The weights that a training keeps beside its checkpoint: those of the best epoch in `best.safetensors` and, until
 * their mean is taken, those of as many of the best epochs as are to be averaged, each in a file of its own.
 */
export class KeptCheckpoints {
  constructor(
    private readonly folder: string,
    private readonly fingerprint: string,
    private readonly options: { monitor: Monitor; averageCheckpoints: number },
  ) {}

  /** Keeps what will be needed of the weights of the last epoch; to be called before the checkpoint is written. */
  keep(record: TrainingRecord, weights: tf.Tensor[]): void {
    const last = record.epochs.length;
    if (record.best === last) this.saveBest(weights);
    if (this.toAverage(record).includes(last)) this.write(`epoch-${last}`, weights);
  }

  /** Removes the files of epochs that are not needed any more; to be called after the checkpoint was written. */
  forget(record: TrainingRecord): void {
    const needed = record.average ? [] : this.toAverage(record).map((epoch) => `epoch-${epoch}.safetensors`);
    for (const name of fs.readdirSync(this.folder)) {
      if (/^epoch-\d+\.safetensors$/.test(name) && !needed.includes(name))
        fs.rmSync(path.join(this.folder, name));
    }
  }

  /** The epochs whose mean is to be tried, in order; none where it would be of fewer than two. */
  toAverage(record: TrainingRecord): number[] {
    if (this.options.averageCheckpoints < 2) return [];
    const best = rankedEpochs(record, this.options.monitor).slice(0, this.options.averageCheckpoints);
    return best.map(({ epoch }) => epoch).sort((a, b) => a - b);
  }

  /** The mean of the weights of these epochs. */
  meanOf(epochs: number[]): tf.Tensor[] {
    let sum: tf.Tensor[] = [];
    for (const epoch of epochs) {
      const weights = this.read(`epoch-${epoch}`);
      const before = sum;
      sum = weights.map((weight, i) =>
        tf.tidy(() => {
          const share = tf.div(weight, epochs.length);
          return before.length > 0 ? tf.add(before[i], share) : share;
        }),
      );
      tf.dispose([before, weights]);
    }
    return sum;
  }

  saveBest(weights: tf.Tensor[]): void {
    this.write('best', weights);
  }

  loadBest(): tf.Tensor[] {
    return this.read('best');
  }

  private write(name: string, weights: tf.Tensor[]): void {
    fs.mkdirSync(this.folder, { recursive: true });
    const metadata = { fingerprint: this.fingerprint };
    writeTensors(path.join(this.folder, `${name}.safetensors`), numbered(weights), { metadata });
  }

  private read(name: string): tf.Tensor[] {
    return Object.values(readTensors(path.join(this.folder, `${name}.safetensors`)).tensors);
  }
}
