import * as tf from '@tensorflow/tfjs-core';
import { execute, Int64, nativeBackend, typeAttribute } from './execute';

let opened = 0;

/**
 * Scalars for TensorBoard: a new event file in a folder, written by TensorFlow's own summary writer. (The operations of
 * `tf.node.summaryFileWriter`; that one never closes its file and has but one for each folder, even after the folder
 * was removed.)
 */
export class EventFile {
  private readonly writer: tf.Tensor;

  /** @param folder is made where it is missing */
  constructor(folder: string) {
    const { binding } = nativeBackend();
    const name = (attribute: string, value: string) => ({
      name: attribute,
      type: binding.TF_ATTR_STRING,
      value,
    });
    const own = `${folder} ${++opened}`; // writers of one name would be one writer
    this.writer = execute('SummaryWriter', [name('shared_name', own), name('container', '')], [], 1)[0];
    tf.tidy(() => {
      const [queue, milliseconds] = [tf.scalar(100, 'int32'), tf.scalar(10_000, 'int32')];
      const inputs = [this.writer, tf.scalar(folder), queue, milliseconds, tf.scalar('.v2')];
      execute('CreateSummaryFileWriter', [], inputs, 0);
    });
  }

  /** @param step a whole number */
  scalar(name: string, value: number, step: number): void {
    tf.tidy(() => {
      const inputs = [this.writer, new Int64(step), tf.scalar(name), tf.scalar(value)];
      execute('WriteScalarSummary', [typeAttribute('T', 'float32')], inputs, 0);
    });
  }

  /** Writes what waits in memory. */
  flush(): void {
    execute('FlushSummaryWriter', [], [this.writer], 0);
  }

  close(): void {
    execute('CloseSummaryWriter', [], [this.writer], 0);
    this.writer.dispose();
  }
}
