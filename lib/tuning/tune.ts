import * as tf from '@tensorflow/tfjs-core';
import type { Configuration, Overrides } from '../config/types';
import { removeOwnFiles } from '../files';
import { DivergedError } from '../errors';
import { silentProgress, type StartProgress } from '../progress/progress';
import { lowerIsBetter } from '../metrics/registry';
import { keptScores } from '../training/record';
import { validationScoreNames } from '../training/validator';
import { importanceOf } from './importance';
import { addResult, readResults, type ScoredTrial, type TrialResult } from './results';
import type { SearchSpace } from './search-space';
import { makeTrials, type Sampling, type Trial } from './trials';
import { prepare, requireValidation, type Hooks, type Prepared } from '../pipeline/prepare';
import { trainCaptioner, type TrainedModel } from '../pipeline/train';
import { dropWeights } from '../model/saved-model';
import { withFolderLock } from '../files/folder-lock';
import { writeTuningReport } from './report';

export interface TuneOptions extends Sampling {
  search: SearchSpace;
  /** folder of the results, and of the trials' folders */
  out: string;
  /** keep the weights of the trials */
  keep?: boolean;
}

export interface TuneHooks extends Hooks {
  /** Called for each trial that has ended, also for those that had before. */
  onTrial?: (trial: ScoredTrial, number: number, trials: number) => void;
}

export interface Tuning {
  /** the trials that have ended, best first */
  trials: ScoredTrial[];
  /** name of the score that ranks the trials: the monitored one, or CIDEr */
  rankedBy: string;
  /** of each hyperparameter: see `importanceOf` */
  importance: Record<string, number | undefined>;
  /** stopped on request: the same call goes on */
  stopped: boolean;
}

/**
 * Trains the captioner with many hyperparameters and measures which of them matter.
 *
 * Each trial has a folder of its own, named by a hash of its configuration, and a line in `results.jsonl`: a search that
 * was stopped or killed goes on at the step where it was, and one with more values does only what is new. At the end
 * `results.csv` and `results.png` lie beside. A trial that diverged counts as a score of 0, or of 1 where lower is better.
 *
 * @param base what all trials have in common
 */
export async function tune(base: Overrides, options: TuneOptions, hooks: TuneHooks = {}): Promise<Tuning> {
  const trials = makeTrials(base, options.search, options, options.out);
  return withFolderLock(options.out, 'a search for options', () => runTrials(trials, options, hooks));
}

async function runTrials(
  trials: readonly Trial[],
  { search, out, keep = false }: TuneOptions,
  hooks: TuneHooks,
): Promise<Tuning> {
  const data = new PreparedData();
  const done: ScoredTrial[] = [];
  let stopped = false;
  try {
    for (const [i, trial] of trials.entries()) {
      const numbered = {
        ...hooks,
        progress: withPrefix(`Trial ${i + 1} of ${trials.length}: `, hooks.progress),
      };
      const known = readResults(out).get(trial.id);
      const result = known ?? (await runTrial(trial, data, numbered));
      if (!result) {
        stopped = true;
        break;
      }
      addResult(out, result);
      if (!keep && !known) dropTrialWeights(trial.configuration.model);
      const scored = { ...result, values: trial.values };
      done.push(scored);
      hooks.onTrial?.(scored, i + 1, trials.length);
    }
  } finally {
    data.dispose();
  }
  const rankedBy = rankingScore(trials);
  const ranked = bestFirst(done, rankedBy);
  if (done.length > 0) await writeTuningReport(out, ranked, search, rankedBy);
  return { trials: ranked, rankedBy, importance: importances(done, search, rankedBy), stopped };
}

/** The score that all trials monitor; CIDEr, which every validation gives, where they differ or monitor the loss. */
function rankingScore(trials: readonly Trial[]): string {
  const [monitor, ...others] = new Set(trials.map(({ configuration }) => configuration.training.monitor));
  return others.length > 0 || monitor === 'loss' ? 'CIDEr' : monitor;
}

/** Data sets with features: trials that share data and encoder share them. */
class PreparedData {
  private readonly known = new Map<string, Prepared>();

  async of({ data, encoder }: Configuration, hooks: Hooks): Promise<Prepared> {
    const key = JSON.stringify([data, encoder]);
    const prepared = this.known.get(key) ?? (await prepare({ data, encoder }, hooks));
    this.known.set(key, prepared);
    return prepared;
  }

  dispose(): void {
    for (const { encoder, features } of this.known.values()) {
      encoder.dispose();
      features.close();
    }
  }
}

/** @returns undefined where it was stopped */
async function runTrial(trial: Trial, data: PreparedData, hooks: Hooks): Promise<TrialResult | undefined> {
  const { id, configuration } = trial;
  if (hooks.signal?.aborted) return undefined;
  const prepared = await data.of(configuration, hooks);
  requireValidation(prepared, 'rank trials');
  try {
    const trained = await trainCaptioner(configuration, prepared, hooks);
    tf.dispose(trained.model?.weights ?? {});
    if (trained.diverged !== undefined) return divergedResult(id, configuration, trained.diverged);
    return trained.stopped ? undefined : resultOf(id, configuration, trained);
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    return divergedResult(id, configuration, error.message);
  }
}

function divergedResult(trial: string, configuration: Configuration, diverged: string): TrialResult {
  const names = validationScoreNames(configuration.training.monitor);
  const scores = Object.fromEntries(names.map((name) => [name, lowerIsBetter(name) ? 1 : 0]));
  const nothing = { epochs: 0, scores, validationLoss: null, seconds: 0 };
  return { trial, ...nothing, diverged, configuration: { ...configuration } };
}

function resultOf(
  trial: string,
  configuration: Configuration,
  { record, scstRecord }: TrainedModel,
): TrialResult {
  const stages = scstRecord ? [record, scstRecord] : [record];
  const epochs = stages.flatMap((stage) => stage.epochs);
  const [{ scores, validationLoss }] = stages
    .flatMap((stage) => keptScores(stage) ?? [])
    .sort((one, other) => other.scores.CIDEr - one.scores.CIDEr);
  return {
    trial,
    epochs: epochs.length,
    scores,
    validationLoss: Number.isFinite(validationLoss) ? validationLoss : null,
    seconds: epochs.reduce((sum, { seconds }) => sum + seconds, 0),
    configuration: { ...configuration },
  };
}

/** Removes weights and checkpoints; records and events stay. */
function dropTrialWeights(folder: string): void {
  dropWeights(folder, 'it is a trial of a search without --keep');
  removeOwnFiles(folder, (name) => name.endsWith('.safetensors'), { below: true });
}

/** By score; of trials with the same, by validation loss. */
function bestFirst(trials: readonly ScoredTrial[], rankedBy: string): ScoredTrial[] {
  const loss = ({ validationLoss }: ScoredTrial) => validationLoss ?? Number.MAX_VALUE;
  const sign = lowerIsBetter(rankedBy) ? -1 : 1;
  return [...trials].sort((a, b) => sign * (b.scores[rankedBy] - a.scores[rankedBy]) || loss(a) - loss(b));
}

function importances(
  trials: readonly ScoredTrial[],
  search: SearchSpace,
  rankedBy: string,
): Tuning['importance'] {
  return Object.fromEntries(
    Object.keys(search).map((name) => {
      const having = trials.filter(({ values }) => name in values);
      const observations = having.map(({ values, scores }) => ({
        value: values[name],
        score: scores[rankedBy],
      }));
      return [name, importanceOf(observations)];
    }),
  );
}

function withPrefix(prefix: string, progress: StartProgress = silentProgress): StartProgress {
  return (label, total) => progress(`${prefix}${label}`, total);
}
