import type { Configuration } from '../../config/types';
import { UserError } from '../../errors';
import type { IfAnother } from '../../pipeline/model-folder';
import { prepare, type Hooks } from '../../pipeline/prepare';
import { trainCaptioner, type TrainedModel } from '../../pipeline/train';
import { isValidated, keptScores, scoreTexts, type TrainingRecord } from '../../training/record';
import { withFlags } from './flag-names';
import { leftOutLines } from './report-problems';
import { shownPath } from './user-path';

/**
 * Prepares the data, trains, and prints what came of it. Where it was stopped it sets the exit status.
 * @param options what to do where another model is in the folder, and where the record of the training goes
 * @returns the trained model where it came to its end, and how many steps it took
 * @throws UserError where the training diverged: what is left of it is said
 */
export async function trainAndReport(
  configuration: Configuration,
  hooks: Hooks,
  { ifAnother, writeJson }: { ifAnother: IfAnother; writeJson: (record: object) => void },
): Promise<{ trained?: TrainedModel; steps: number }> {
  let steps = 0;
  const onStep = () => void steps++;
  const onNote = (note: string) => console.log(withFlags(note));
  const started = Date.now();
  const prepared = await prepare(configuration, hooks);
  console.log(prepared.encoder.reason);
  leftOutLines(prepared, prepared.dataset.filteredCaptions).forEach((line) => console.log(line));
  if (prepared.dataset.splits.validation.length === 0)
    console.log('There are no validation images: nothing is scored, and the last epoch is kept.');

  const trained = await trainCaptioner(configuration, prepared, { ...hooks, onStep, onNote }, { ifAnother });
  const { record, scstRecord, stopped, diverged } = trained;
  const seconds = Math.round((Date.now() - started) / 1000);
  writeJson({ ...record, ...(scstRecord ? { scstRecord } : {}), seconds, configuration });
  if (stopped) {
    console.log('Stopped; the same command continues from here.');
    process.exitCode = 130; // as of a command that SIGINT ended
    return { steps };
  }
  if (diverged !== undefined) {
    throw new UserError(
      `${diverged.replace(/\.$/, '')}; ${keptEpochs(record)} is saved in ${configuration.model}.`,
    );
  }
  console.log(
    `${steps > 0 ? `Trained in ${seconds} s` : 'This training was finished before'}: ${described(record)}` +
      `${record.epochs.every(isValidated) ? ' on validation images' : ''}${scstRecord ? `; then CIDEr optimization: ${described(scstRecord)}` : ''}. ` +
      `Saved in ${shownPath(configuration.model)}.`,
  );
  return { trained, steps };
}

function described(record: TrainingRecord): string {
  return [`${keptEpochs(record)} of ${record.epochs.length}`, ...scoreTexts(keptScores(record))].join(', ');
}

function keptEpochs({ epochs, best, average }: TrainingRecord): string {
  if (average?.kept) return `mean of the epochs ${average.epochs.join(', ')}`;
  return `${epochs.every(isValidated) ? 'best' : 'last'} epoch ${best}`;
}
