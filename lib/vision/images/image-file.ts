import fs from 'node:fs';
import path from 'node:path';
import { messageOf, ImageError } from '../../errors';
import { expandHome } from '../../files';

/**
 * The bytes of an image file.
 * @param file relative to the working directory; `~/` is the home folder
 * @param name what error messages call it
 * @throws ImageError that says where it was looked for, and why it could not be read
 */
export function readImageFile(file: string, name = file): Buffer {
  const place = path.resolve(expandHome(file));
  try {
    const kind = fs.statSync(place);
    // A pipe that nobody writes to would be waited for without end, and some devices have no end.
    if (!kind.isFile() && !kind.isDirectory()) throw new Error('it is a pipe or a device, not a file');
    return fs.readFileSync(place);
  } catch (error) {
    const where = place === name ? '' : `, as ${place}`;
    throw new ImageError(
      `${name} cannot be read${where} (${messageOf(error)}): give the path of an image file.`,
    );
  }
}
