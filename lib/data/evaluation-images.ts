import { resolve } from 'node:path';
import { UserError } from '../errors';
import { readText } from '../text-file';
import { imageFolders, withImageFiles } from './image-files';
import { readCaptionFile } from './caption-file';
import { folderProblem } from './data-folder';
import { imageFinder } from './photographs';
import { parseImageList } from './splits';
import type { CaptionedImage, Problem } from './types';

export interface EvaluationFiles {
  /** Folder of the images. */
  images: string;
  /** Caption file of any format that `readCaptionFile` knows. */
  captions: string;
  /** List of the images to use, one name a line; all if left out. */
  list?: string;
}

/**
 * Reads images and reference captions that need not belong to any known data set, with all their
 * captions. A listed image without captions or file is a problem.
 * @throws UserError where no image remains
 */
export function readEvaluationImages({ images, captions, list }: EvaluationFiles): {
  images: CaptionedImage[];
  problems: Problem[];
} {
  const wrong = folderProblem(images, '--images');
  if (wrong) throw new UserError(wrong);
  const { images: rows, problems } = readCaptionFile(captions);
  let wanted = rows;
  if (list !== undefined) {
    const byId = new Map(rows.map((row) => [row.id, row]));
    const find = imageFinder([...byId.keys()]);
    const rowOf = (name: string) => byId.get(find(name) ?? '');
    const names = [...new Set(parseImageList(readText(list, 'list of images')))];
    for (const name of names)
      if (!rowOf(name)) problems.push({ where: name, what: 'in the list, but without captions' });

    wanted = names.flatMap((name) => rowOf(name) ?? []);
  }
  const found = withImageFiles({ images: wanted, problems }, imageFolders(resolve(images)));
  if (found.images.length === 0) {
    throw new UserError(
      `No image of ${list ?? captions} with captions in ${captions} lies in ${images}: check the three paths.`,
    );
  }
  return found;
}
