import { UserError } from '../errors';
import type { CaptionedImage } from './types';

/**
 * How often training sees each image in an epoch, where some count for more than others: of two data sets in one, the
 * smaller one.
 * @param option folders and numbers, such as 'coco=3' or 'coco=3,own=2'; an image counts by the folders that it lies in
 * @returns 1 or more for each image
 * @throws UserError where it cannot be read, or no image lies in such a folder
 */
export function oversampling(option: string, images: Iterable<CaptionedImage>): (image: string) => number {
  const factors = parseFactors(option);
  const times = new Map<string, number>();
  const met = new Set<string>();
  for (const { id, file } of images) {
    const folder = file
      .split(/[\\/]/)
      .slice(0, -1)
      .find((name) => factors.has(name));
    if (folder === undefined) continue;
    met.add(folder);
    times.set(id, factors.get(folder)!);
  }
  const missing = [...factors.keys()].find((folder) => !met.has(folder));
  if (missing !== undefined)
    throw new UserError(`oversample: no image lies in a folder "${missing}": check its name.`);
  return (image) => times.get(image) ?? 1;
}

function parseFactors(option: string): Map<string, number> {
  if (option === '') return new Map();
  return new Map(
    option.split(',').map((part) => {
      const [, folder, factor] = /^(.+)=(\d+)$/.exec(part.trim()) ?? [];
      if (folder === undefined || Number(factor) < 1 || Number(factor) > 100) {
        throw new UserError(
          `oversample: "${part}" is no folder with a number from 1 to 100: write it like coco=3, several with commas between.`,
        );
      }
      return [folder, Number(factor)];
    }),
  );
}
