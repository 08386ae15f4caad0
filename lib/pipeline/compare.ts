import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { captionerNames, type CaptionerName } from '../captioners/registry';
import { configure } from '../config/configuration';
import type { CaptionerSizes, Overrides } from '../config/types';
import { scoreCaptions } from '../metrics/score';
import type { Model } from '../model/saved-model';
import { silentProgress, type StartProgress } from '../progress/progress';
import type { TrainingRecord } from '../training/record';
import type { CaptionerRun, ComparedCaptioner } from '../training/compared';
import { captionWithModel } from '../decoding/caption-images';
import { referencesOf, requireValidation, type Hooks, type Prepared } from './prepare';
import { trainCaptioner } from './train';

/** Trainings end by time, not by a number of epochs or by epochs that are no better. */
const UNLIMITED_EPOCHS = 10_000;

export interface CompareOptions {
  /** minutes that the training steps of each captioner take */
  minutes: number;
  /** (default: all) */
  captioners?: readonly CaptionerName[];
  /** sizes that are not the preset's */
  sizes?: Partial<Record<CaptionerName, CaptionerSizes>>;
}

export interface CompareHooks extends Hooks {
  /** Called after each epoch with the captioners so far. */
  onEpoch?: (runs: readonly CaptionerRun[]) => void;
  /** Called after each captioner. */
  onCaptioner?: (compared: ComparedCaptioner) => void;
}

/**
 * Trains several kinds of captioners on the same features for the same time, each in a folder of its own. A comparison
 * that was stopped goes on with the same call.
 * @param base what all have in common
 * @returns the captioners that are done; fewer than asked for where it was stopped
 */
export async function compareCaptioners(
  base: Overrides,
  prepared: Prepared,
  options: CompareOptions,
  hooks: CompareHooks = {},
): Promise<ComparedCaptioner[]> {
  const { minutes, captioners = captionerNames(), sizes = {} } = options;
  requireValidation(prepared, 'compare captioners');
  const references = referencesOf(prepared, 'validation');
  const done: ComparedCaptioner[] = [];
  for (const name of captioners) {
    const configuration = configure({
      ...base,
      captioner: { ...sizes[name], name },
      training: {
        ...base.training,
        epochs: UNLIMITED_EPOCHS,
        patience: UNLIMITED_EPOCHS,
        maxMinutes: minutes,
      },
      model: path.join(`${configure(base).model}-compare`, name),
    });
    const progress = forCaptioner(name, hooks.progress);
    const trainingHooks = {
      progress,
      signal: hooks.signal,
      onEpoch: (latest: TrainingRecord) => hooks.onEpoch?.([...done, { name, record: latest }]),
    };
    const { model, record, stopped } = await trainCaptioner(configuration, prepared, trainingHooks, {
      ifAnother: 'own folder',
    });
    try {
      if (stopped || !model) break;
      const inputs = { features: prepared.features, decoding: configuration.decoding };
      const captions = await captionWithModel(model, inputs, Object.keys(references), {
        progress,
        signal: hooks.signal,
      });
      if (hooks.signal?.aborted) break;
      const { corpus } = await scoreCaptions(references, captions);
      const compared = { name, record, parameters: parametersOf(model), captions, scores: corpus };
      done.push(compared);
      hooks.onEpoch?.(done);
      hooks.onCaptioner?.(compared);
    } finally {
      tf.dispose(model?.weights ?? {});
    }
  }
  return done;
}

/** Statistics of the data are no trained parameters. */
function parametersOf({ captioner, weights }: Model): number {
  const trained = Object.entries(weights).filter(([name]) => captioner.specs[name].trainable !== false);
  return trained.reduce((sum, [, { size }]) => sum + size, 0);
}

/** Names the captioner in each label; the number of epochs is not known before, so it is left out. */
function forCaptioner(name: string, progress: StartProgress = silentProgress): StartProgress {
  return (label, total) => progress(`${name}: ${label.replace(` of ${UNLIMITED_EPOCHS}`, '')}`, total);
}
