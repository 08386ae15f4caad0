import type { Configuration } from '../config/types';
import type { CaptionedImage } from '../data/types';
import { generateCaption, type GeneratedCaption } from '../generate-caption';
import { saveScores, type Model } from '../model/saved-model';
import { evaluateModel, type Evaluation } from '../pipeline/evaluate';
import { prepare, type Prepared } from '../pipeline/prepare';
import { trainCaptioner, type TrainedModel } from '../pipeline/train';
import { watchTraining } from '../plots/watch-training';
import { startProgress } from '../progress/start';
import { stopSignal } from '../progress/stop';
import { writeSummary } from './summary';

/*
 * The steps of the notebooks with what a cell needs around them: progress below the cell, the Stop button, charts that
 * grow, and the summary that `npm start` prints at its end.
 */

/** `prepare` with progress; Stop keeps the features that are done. */
export function prepareData(config: Pick<Configuration, 'data' | 'encoder'>): Promise<Prepared> {
  return stoppable((signal) => prepare(config, { progress: startProgress, signal }));
}

/** `trainCaptioner` with progress and charts; Stop ends it at the next step, and the same call goes on from there. */
export async function trainWithCharts(config: Configuration, prepared: Prepared): Promise<TrainedModel> {
  const charts = watchTraining();
  const trained = await stoppable((signal) =>
    trainCaptioner(config, prepared, { progress: startProgress, signal, ...charts }),
  );
  await charts.finish(trained.record);
  const { record, stopped } = trained;
  console.log(
    stopped
      ? 'Stopped: run this cell again to go on.'
      : `Training ended (${record.ended}). The model is saved in ${config.model}.`,
  );
  return trained;
}

/** `evaluateModel` with progress; the scores are kept in the model's folder and in the summary. */
export async function evaluateImages(
  model: Model,
  images: readonly CaptionedImage[],
  config: Configuration,
): Promise<Evaluation> {
  const evaluation = await stoppable((signal) =>
    evaluateModel(model, images, { ...config, signal, progress: startProgress }),
  );
  saveScores(model, 'validation', { ...evaluation.scores });
  writeSummary({ model: model.folder, scores: { ...evaluation.scores } });
  return evaluation;
}

/** Captions of images that the model has not been trained on, kept for the summary. */
export async function captionUnseen(
  model: Model,
  images: readonly CaptionedImage[],
  { encoder, decoding }: Configuration,
): Promise<GeneratedCaption[]> {
  const files = images.map(({ file }) => file);
  const captions = await generateCaption(files, {
    model,
    encoderWeights: encoder.encoderWeights,
    ...decoding,
  });
  writeSummary({ captions: captions.map(({ caption }, i) => ({ image: files[i], caption })) });
  return captions;
}

/** Work that the Stop button, or Ctrl-C on a terminal, asks to end. */
async function stoppable<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = stopSignal();
  try {
    return await work(stop.signal);
  } finally {
    stop.release();
  }
}
