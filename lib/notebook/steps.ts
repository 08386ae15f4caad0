import type { Configuration, Overrides } from '../config/types';
import type { CaptionedImage } from '../data/types';
import { instancesOfDataset, knownObjects } from '../data/known-objects';
import { UserError } from '../errors';
import { generateCaption, isFailed, type GeneratedCaption } from '../generate-caption';
import { scoreLabel } from '../metrics/registry';
import type { Scores } from '../metrics/types';
import { saveScores, type Model } from '../model/saved-model';
import { compareCaptioners, type CompareOptions } from '../pipeline/compare';
import { evaluateModel, type Evaluation } from '../pipeline/evaluate';
import { warningsAbout } from '../pipeline/model-data';
import { prepare, type Prepared } from '../pipeline/prepare';
import { trainCaptioner, type TrainedModel } from '../pipeline/train';
import { comparisonCharts } from '../plots/comparison';
import { liveChart } from '../plots/live';
import { watchTraining } from '../plots/watch-training';
import type { ProgressLine } from '../progress/progress';
import { startProgress, startProgressLine } from '../progress/start';
import { stopSignal } from '../progress/stop';
import { reportTruth } from './truth-report';
import { saveTrainedModel } from './settings';
import type { ComparedCaptioner } from '../training/compared';
import type { TrainingHooks } from '../training/hooks';
import { keptScores, scoreTexts, type TrainingRecord } from '../training/record';
import { inNotebook } from '../tslab';
import { writeSummary } from './summary';

/*
 * The steps of the notebooks with what a cell needs around them: progress below the cell, the Stop button, charts that
 * grow, and the summary that `npm start` prints at its end.
 */

/** `prepare` with progress; Stop keeps the features that are done. */
export function prepareData(config: Pick<Configuration, 'data' | 'encoder'>): Promise<Prepared> {
  return stoppable((signal) => prepare(config, { progress: startProgress, signal }));
}

/**
 * `trainCaptioner` with progress and charts; Stop ends it at the next step, and the same call goes on from there. With
 * other settings than those of the model in the folder it trains into a folder of its own; the notebooks that follow use
 * the model that was trained last.
 * @throws UserError where it was stopped before its first epoch ended: there is no model yet
 */
export async function trainWithCharts(
  config: Configuration,
  prepared: Prepared,
): Promise<TrainedModel & { model: Model }> {
  const charts = watchTraining();
  let steps = 0;
  const onStep: TrainingHooks['onStep'] = (state) => {
    steps++;
    charts.onStep(state);
  };
  return stoppable(async (signal) => {
    const hooks = { ...charts, onStep, progress: startProgress, signal, onNote: console.log };
    const { model, ...trained } = await trainCaptioner(config, prepared, hooks, { ifAnother: 'own folder' });
    if (!model) throw new UserError('Stopped before the first epoch ended: run this cell again to go on.');
    saveTrainedModel(model.folder);
    await charts.finish(trained);
    if (trained.diverged !== undefined) console.log(trained.diverged);
    if (trained.stopped) console.log('Stopped: run this cell again to go on.');
    else console.log(`${endingOf(trained.record, steps)} The model is saved in ${model.folder}.`);
    return { ...trained, model };
  });
}

/** Why training has ended, and whether that was now. */
function endingOf({ ended }: TrainingRecord, steps: number): string {
  const why = ended ? ` (${ended})` : '';
  if (steps > 0) return `Training ended${why}.`;
  return `This training was finished before${why}: nothing was left to do, and other settings start another one.`;
}

/** `evaluateModel` with progress; the scores are kept in the model's folder and in the summary. */
export async function evaluateImages(
  model: Model,
  images: readonly CaptionedImage[],
  config: Configuration,
): Promise<Evaluation> {
  const ids = images.map(({ id }) => id);
  const known = knownObjects(ids, instancesOfDataset(config.data));
  warningsAbout(model, ids).forEach((warning) => console.log(warning));
  const evaluation = await stoppable((signal) =>
    evaluateModel(model, images, { ...config, objects: known?.objects, signal, progress: startProgress }),
  );
  if (known) console.log(known.note);
  evaluation.notes.forEach((note) => console.log(note));
  saveScores(model, 'validation', evaluation.scores);
  writeSummary({ model: model.folder, scores: labeled(evaluation.scores) });
  return evaluation;
}

/**
 * How true captions are, as a Markdown table (see `reportTruth`); what is found of drawn scenes is added to the summary.
 */
export async function checkScenes(
  { data }: Pick<Configuration, 'data'>,
  { captions, scores }: Pick<Evaluation, 'captions' | 'scores'>,
): Promise<string> {
  const { shares, markdown } = await reportTruth(data, captions, scores);
  writeSummary({ scores: { ...labeled(scores), ...shares } });
  return markdown;
}

/** Scores by the names that readers see. */
function labeled(scores: Scores): Scores {
  return Object.fromEntries(Object.entries(scores).map(([name, score]) => [scoreLabel(name), score]));
}

/** Captions of images that the model has not been trained on, kept for the summary. */
export async function captionUnseen(
  model: Model,
  images: readonly CaptionedImage[],
  { encoder, decoding }: Configuration,
): Promise<GeneratedCaption[]> {
  const files = images.map(({ file }) => file);
  const results = await generateCaption(files, {
    model,
    encoderWeights: encoder.encoderWeights,
    ...decoding,
  });
  const captions = results.map((result) => {
    if (isFailed(result)) throw result.error;
    return result;
  });
  writeSummary({ captions: captions.map(({ caption }, i) => ({ image: files[i], caption })) });
  return captions;
}

/** `compareCaptioners` with charts, and one line for each captioner when it is done. */
export async function compareWithCharts(
  settings: Overrides,
  prepared: Prepared,
  options: CompareOptions,
): Promise<ComparedCaptioner[]> {
  const charts = liveChart();
  let line: ProgressLine | undefined;
  const compared = await stoppable((signal) =>
    compareCaptioners(settings, prepared, options, {
      signal,
      progress: (label, total) => (line ??= startProgressLine()).start(label, total),
      onEpoch: (runs) => charts.update(comparisonCharts(runs)),
      onCaptioner: (one) => {
        line?.finish(describeRun(one));
        line = undefined;
      },
    }),
  );
  await charts.finish();
  if (line) console.log('Stopped: run this cell again to go on.');
  return compared;
}

function describeRun({ name, record }: ComparedCaptioner): string {
  const figures = scoreTexts(keptScores(record)).join(', ');
  const epochs = record.epochs.length;
  return `${name}: ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}, best ${record.best}: ${figures}`;
}

/** Work that the Stop button, or Ctrl-C on a terminal, asks to end. */
async function stoppable<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = stopSignal();
  try {
    return await work(stop.signal);
  } catch (error) {
    // After Stop the cell waits no longer: nobody else would print what the work ends with.
    if (inNotebook() && stop.signal.aborted) console.error(error);
    throw error;
  } finally {
    stop.release();
  }
}
