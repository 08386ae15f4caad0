import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { unzipSync } from 'fflate';
import { messageOf, UserError } from '../../errors';
import { PROJECT_ROOT } from '../../project-root';

const JAR = 'meteor-1.5.jar';
const PARAPHRASES = join('data', 'paraphrase-en.gz');
const FUNCTION_WORDS = 'function/english.words';
const SYNSETS = 'synonym/english.synsets';
const EXCEPTIONS = 'synonym/english.exceptions';

/** METEOR's own data for English, as text. */
export interface MeteorData {
  functionWords: string;
  /** Two lines each: a word, and the numbers of the WordNet synsets it is in. */
  synsets: string;
  /** Two lines each: a word, and its irregular forms. */
  exceptions: string;
  /** Three lines each: a probability, a phrase and a paraphrase of it; sorted by phrase. UTF-8. */
  paraphrases: Buffer;
}

/**
 * The folder with METEOR's jar and paraphrase table in the project's virtual environment, where the
 * Python package pycocoevalcap brings them; undefined where it is not installed.
 */
export async function findMeteorFolder(
  environment = join(PROJECT_ROOT, '.venv'),
): Promise<string | undefined> {
  const lib = join(environment, 'lib');
  const pythons = existsSync(lib) ? (await readdir(lib)).map((name) => join(lib, name)) : [];
  return [...pythons, join(environment, 'Lib')]
    .map((python) => join(python, 'site-packages', 'pycocoevalcap', 'meteor'))
    .find((folder) => existsSync(join(folder, JAR)) && existsSync(join(folder, PARAPHRASES)));
}

/**
 * Reads METEOR's data out of its jar (a zip file; no Java runs) and its paraphrase table.
 * @throws UserError where a file is missing or damaged
 */
export async function readMeteorData(folder: string): Promise<MeteorData> {
  try {
    const [jar, table] = await Promise.all([
      readFile(join(folder, JAR)),
      readFile(join(folder, PARAPHRASES)),
    ]);
    const wanted = [FUNCTION_WORDS, SYNSETS, EXCEPTIONS];
    const entries = unzipSync(jar, { filter: (entry) => wanted.includes(entry.name) });
    const text = (name: string) => Buffer.from(entries[name]).toString('utf8');
    return {
      functionWords: text(FUNCTION_WORDS),
      synsets: text(SYNSETS),
      exceptions: text(EXCEPTIONS),
      // One chunk of the size that gzip notes at its end: half the memory of growing in steps.
      paraphrases: await promisify(gunzip)(table, { chunkSize: table.readUInt32LE(table.length - 4) + 1 }),
    };
  } catch (error) {
    throw new UserError(
      `METEOR's data in "${folder}" is missing or damaged (${messageOf(error)}): install the Python package pycocoevalcap there again.`,
      {
        cause: error,
      },
    );
  }
}
