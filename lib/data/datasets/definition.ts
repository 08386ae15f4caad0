import type { StartProgress } from '../../progress/progress';
import type { SplitLists } from '../splits';
import type { CaptionFile } from '../types';

/** A data set that the option `dataset` can name. To add one: implement this in a file and add a line to registry.ts. */
export interface DatasetDefinition {
  /** as the option has it; its usual folder is data/<name> */
  readonly name: string;
  /** in a few words, for help */
  readonly description: string;
  /** what its folder has to hold beside the images, for help */
  readonly files: string;
  /**
   * Reads its captions.
   * @throws UserError that says what is missing from the folder
   */
  read(options: ReadOptions, progress?: StartProgress): Source | Promise<Source>;
  /** Files in the form of COCO's instances that know the objects of its images, where its folder has any. */
  instances?(folder: string): string[];
}

/** What a data set is read from. */
export interface ReadOptions {
  /** absolute path of the data set */
  folder: string;
  /** number of images to use; 0: all. A data set that makes its images makes no more; others may ignore it. */
  limit: number;
  /** for a data set that makes its images */
  seed: number;
}

/** Captions of a data set, and its official lists of images where it has any. */
export interface Source {
  captions: CaptionFile;
  lists?: SplitLists;
}
