import fs from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Weights } from '../captioners/captioner';
import { readTensors, writeTensors } from '../safetensors';
import type { TrainingRecord } from './record';
import type { OptimizerState } from './optimizer';

/** Where in a training a checkpoint was made. */
export interface Position {
  epoch: number;
  /** batches of the epoch that are done, with the sums of their losses and rewards */
  batch: number;
  lossSum: number;
  rewardSum: number;
  /** captions of the epoch so far, and the seconds that its batches took */
  captions: number;
  trainSeconds: number;
  /** steps of the whole training that are done */
  step: number;
}

/** The place before the first batch of an epoch. */
export function startOf(epoch: number, step: number): Position {
  return { epoch, batch: 0, lossSum: 0, rewardSum: 0, captions: 0, trainSeconds: 0, step };
}

export interface Checkpoint {
  position: Position;
  record: TrainingRecord;
  state: OptimizerState;
}

interface Saved {
  fingerprint: string;
  position: Position;
  record: TrainingRecord;
}

const lastFile = (folder: string) => path.join(folder, 'last.safetensors');

/** Writes all that a training needs to resume as if it had not stopped, as one file. */
export function saveCheckpoint(folder: string, fingerprint: string, checkpoint: Checkpoint): void {
  fs.mkdirSync(folder, { recursive: true });
  const saved: Saved = { fingerprint, position: checkpoint.position, record: checkpoint.record };
  writeTensors(lastFile(folder), withPrefixes(checkpoint.state), {
    metadata: { training: JSON.stringify(saved) },
  });
}

/** The last checkpoint of the same training, if there is one: another fingerprint means another training. */
export function loadCheckpoint(folder: string, fingerprint: string): Checkpoint | undefined {
  if (!fs.existsSync(lastFile(folder))) return undefined;
  const { tensors, metadata } = readTensors(lastFile(folder));
  const saved = JSON.parse(metadata['training'] ?? 'null') as Saved | null;
  if (saved?.fingerprint !== fingerprint) {
    tf.dispose(tensors);
    return undefined;
  }
  return { position: saved.position, record: saved.record, state: fromPrefixes(tensors) };
}

/** The record in the last checkpoint of the same training, if there is one. */
export function readCheckpointRecord(folder: string, fingerprint: string): TrainingRecord | undefined {
  const checkpoint = loadCheckpoint(folder, fingerprint);
  tf.dispose(checkpoint?.state ?? {});
  return checkpoint?.record;
}

/** The tensors by names such as `momentum/decoder/bias`. */
function withPrefixes(state: OptimizerState): Weights {
  const entries = Object.entries(state).flatMap(([part, tensors]) =>
    Object.entries(tensors).map(([name, tensor]) => [`${part}/${name}`, tensor] as const),
  );
  return Object.fromEntries(entries);
}

/** The inverse of `withPrefixes`. */
function fromPrefixes(tensors: Weights): OptimizerState {
  const state: OptimizerState = { weights: {}, momentum: {}, variance: {} };
  for (const [prefixed, tensor] of Object.entries(tensors)) {
    const slash = prefixed.indexOf('/');
    const part = prefixed.slice(0, slash) as keyof OptimizerState;
    (state[part] ??= {})[prefixed.slice(slash + 1)] = tensor;
  }
  return state;
}
