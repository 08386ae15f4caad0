import { EventFile } from '../native/event-files';
import { removeOwnFiles } from '../files';
import { removeIfEmpty } from '../files/remove-empty';
import type { EpochRecord } from './record';

/** The loss of every tenth step is written. */
const STEPS_BETWEEN_LOSSES = 10;

/**
 * The course of a training for TensorBoard (`tensorboard --logdir models`): the loss of every tenth step, and of each
 * epoch losses, scores, learning rate, speed and memory, all by the number of the step. Each run writes a new file; a
 * resumed training continues its steps.
 */
export class TrainingEvents {
  private file?: EventFile;

  /** @param isResumed whether the events in the folder are those of the same training; others are removed */
  constructor(
    private readonly folder: string,
    private readonly isResumed: boolean,
  ) {}

  /** @param step number of the step that is done, from 1 */
  step(step: number, loss: number): void {
    const file = this.open();
    if (step % STEPS_BETWEEN_LOSSES === 0) file.scalar('step/loss', loss, step);
  }

  epoch(record: EpochRecord, step: number): void {
    const file = this.open();
    const { trainLoss, validationLoss, reward, scores } = record;
    const { learningRate, captionsPerSecond, memoryMiB, tensors } = record;
    const scalars = {
      'loss/training': trainLoss,
      ...(Number.isFinite(validationLoss) ? { 'loss/validation': validationLoss } : {}),
      ...Object.fromEntries(Object.entries(scores).map(([name, score]) => [`score/${name}`, score])),
      ...(reward === undefined ? {} : { 'score/reward': reward }),
      'learning rate': learningRate,
      'speed/captions per second': captionsPerSecond,
      'memory/MiB': memoryMiB,
      'memory/tensors': tensors,
    };
    for (const [name, value] of Object.entries(scalars)) file.scalar(name, value, step);
    file.flush();
  }

  close(): void {
    this.file?.close();
    this.file = undefined;
  }

  /** Removes what was written, unless it goes on from an earlier run. */
  discard(): void {
    this.close();
    if (this.isResumed) return;
    removeEvents(this.folder);
    removeIfEmpty(this.folder);
  }

  /** Not before there is something to write: a training that has ended already leaves no empty file. */
  private open(): EventFile {
    if (!this.file) {
      if (!this.isResumed) removeEvents(this.folder);
      this.file = new EventFile(this.folder);
    }
    return this.file;
  }
}

/** Removes the event files of a folder and nothing else. */
function removeEvents(folder: string): void {
  removeOwnFiles(folder, (name) => name.startsWith('events.out.tfevents.'));
}
