import { basename, dirname, join } from 'node:path';
import { isFile } from '../../files';

/** The instances file that lies beside a captions file of COCO: instances_val2017.json for captions_val2017.json. */
export function instancesBeside(captions: string): string[] {
  const name = basename(captions);
  const file = join(dirname(captions), name.replace(/^captions_/, 'instances_'));
  return name.startsWith('captions_') && isFile(file) ? [file] : [];
}
