import fs from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Weights } from '../captioners/captioner';
import { mapTensors } from '../ops/nested-tensors';
import { readTensors, writeTensors } from '../safetensors';
import { isValidated, rankedEpochs, type Monitor, type TrainingRecord } from './record';

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
  keep(record: TrainingRecord, weights: Weights): void {
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

  /** The epochs whose mean is to be tried, in order; none where it would be of fewer than two or can't be validated. */
  toAverage(record: TrainingRecord): number[] {
    if (this.options.averageCheckpoints < 2 || !record.epochs.every(isValidated)) return [];
    const best = rankedEpochs(record, this.options.monitor).slice(0, this.options.averageCheckpoints);
    return best.map(({ epoch }) => epoch).sort((a, b) => a - b);
  }

  /** The mean of the weights of these epochs. */
  meanOf(epochs: number[]): Weights {
    let sum: Weights = {};
    for (const epoch of epochs) {
      const before = sum;
      sum = tf.tidy(() => {
        const shares = mapTensors(this.read(`epoch-${epoch}`), (weight) => tf.div(weight, epochs.length));
        const added = Object.entries(shares).map(
          ([name, share]) => [name, name in before ? tf.add(before[name], share) : share] as const,
        );
        return Object.fromEntries(added);
      });
      tf.dispose(before);
    }
    return sum;
  }

  saveBest(weights: Weights): void {
    this.write('best', weights);
  }

  loadBest(): Weights {
    return loadBest(this.folder);
  }

  private write(name: string, weights: Weights): void {
    fs.mkdirSync(this.folder, { recursive: true });
    const metadata = { fingerprint: this.fingerprint };
    writeTensors(path.join(this.folder, `${name}.safetensors`), weights, { metadata });
  }

  private read(name: string): Weights {
    return readTensors(path.join(this.folder, `${name}.safetensors`)).tensors;
  }
}

/** The weights of the best epoch, or the mean of the best ones, of the training in a folder. */
export function loadBest(folder: string): Weights {
  return readTensors(path.join(folder, 'best.safetensors')).tensors;
}
