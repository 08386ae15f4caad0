import type { CaptionerName } from '../captioners/registry';
import type { Captions, Scores } from '../metrics/types';
import type { TrainingRecord } from './record';

/** The course of a captioner's training, to be compared with that of others. */
export interface CaptionerRun {
  name: CaptionerName;
  record: TrainingRecord;
}

/** What training brought. */
export interface ComparedCaptioner extends CaptionerRun {
  /** number of trained parameters */
  parameters: number;
  /** captions of all validation images by the weights of the best epoch, and their scores */
  captions: Captions;
  scores: Scores;
}
