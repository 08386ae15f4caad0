import type { Command } from 'commander';
import type { Calibration } from '../../confidence/calibration';
import { LOW_CONFIDENCE } from '../../confidence/words';
import type { DecodingOptions } from '../../decoding/options';
import { UserError } from '../../errors';
import { checkCalibratable, saveCalibration, type Model } from '../../model/saved-model';
import { calibrationOf, searchToCalibrate } from '../../pipeline/calibrate';
import type { Evaluation } from '../../pipeline/evaluate';
import { reliabilityChart } from '../../plots/reliability';
import { checkFigureName, saveFigure } from '../../plots/save';
import { textTable } from '../../plots/text-table';
import { percent } from './columns';
import { checkWritable } from './json-file';
import { writtenPath } from './user-path';

export interface CalibrateFlags {
  calibrate?: boolean;
  calibrateShipped?: boolean;
  reliabilityPlot?: string;
}

/** Adds the flags that ask for a calibration of the captions' confidence. */
export function addCalibrateFlags(command: Command): Command {
  return command
    .option(
      '--calibrate',
      "calibrate the confidence of the model's captions on these images, which it was not trained on, and keep it in model.json",
    )
    .option(
      '--calibrate-shipped',
      'the same for the captioner that comes with the project: for its maintainers',
    )
    .option(
      '--reliability-plot <file>',
      'with --calibrate: draw confidence beside the share of captions above the median there (.svg, .png, .jpg)',
      writtenPath,
    );
}

/**
 * Checks, before images are captioned, that a calibration can be kept.
 * @param inputs files that the command reads
 * @returns whether one is asked for
 * @throws UserError for samples, for the captioner that comes with the project, and for a plot that cannot be written
 */
export function checkCalibrateFlags(
  { calibrate, calibrateShipped, reliabilityPlot }: CalibrateFlags,
  model: Pick<Model, 'folder' | 'record'>,
  decoding: DecodingOptions,
  inputs: readonly string[],
): boolean {
  const asked = calibrate === true || calibrateShipped === true;
  if (!asked) {
    if (reliabilityPlot === undefined) return false;
    throw new UserError('--reliability-plot has no effect without --calibrate: give both, or leave it out.');
  }
  searchToCalibrate(decoding);
  checkCalibratable(model, calibrateShipped);
  if (reliabilityPlot !== undefined) {
    checkFigureName(reliabilityPlot);
    checkWritable('--reliability-plot', reliabilityPlot, inputs);
  }
  return true;
}

/**
 * Calibrates a model on its evaluated captions, keeps that in its record and draws it where that was asked for.
 * @returns the calibration, and lines about it
 * @throws UserError where there are too few captions
 */
export async function calibrateModel(
  { calibrateShipped, reliabilityPlot }: CalibrateFlags,
  model: Model,
  evaluation: Evaluation,
  decoding: DecodingOptions,
): Promise<{ calibration: Calibration; lines: string[] }> {
  const calibration = calibrationOf(evaluation, decoding);
  saveCalibration(model, calibration, calibrateShipped);
  if (reliabilityPlot !== undefined) await saveFigure(reliabilityChart(calibration), reliabilityPlot);
  return { calibration, lines: calibrationLines(calibration) };
}

/** How far the confidence can be relied on, on images that had no part in the fit. */
function calibrationLines({ images, medianCider, brier, ece, bins }: Calibration): string[] {
  const rows = bins.map(({ from, to, count, predicted, observed }) => [
    `${Math.round(100 * from)} to ${Math.round(100 * to)}`,
    String(count),
    percent(predicted),
    percent(observed),
  ]);
  return [
    `Confidence, calibrated on ${images} images and cross-validated in five folds: how likely CIDEr is above the median, ${percent(medianCider)}.`,
    textTable(['confidence %', 'captions', 'mean', 'above the median %'], rows),
    `Brier score ${brier.toFixed(3)} (0.25: knows nothing), expected calibration error ${percent(ece)} %. Below ${Math.round(100 * LOW_CONFIDENCE)} % it is called low.`,
  ];
}
