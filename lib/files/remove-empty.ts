import { rmdirSync } from 'node:fs';

/** Removes a folder that holds nothing; any other stays as it is, and so does a link to one. */
export function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // it holds something, or is not there
  }
}
