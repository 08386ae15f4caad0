import type { CaptionFile, SplitName } from '../types';

/** A format of caption files. To add one: implement this in a file and add a line to registry.ts. */
export interface CaptionFormat {
  /** in the words of an error that lists all: "a CSV with the columns image and caption" */
  readonly name: string;
  /** Whether a text is of this format, also where some of its rows are broken. */
  recognizes(text: string): boolean;
  /**
   * Reads captions by image; rows that cannot be read become problems.
   * @param file its name, for errors
   * @param split the split that all its images belong to, where the format names none itself
   * @throws UserError where nothing can be read
   */
  parse(text: string, file: string, split?: SplitName): CaptionFile;
}

/** The first line that is not empty. */
export function firstLineOf(text: string): string {
  const start = text.slice(0, 1000);
  return start.trimStart().split(/[\r\n]/, 1)[0];
}
