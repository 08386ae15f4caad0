import fs from 'node:fs';
import { messageOf, UserError } from '../errors';
import { readLines } from '../text-file';
import { silentProgress, type StartProgress } from '../progress/progress';

/** What is wanted of a file of word vectors. */
export interface WantedVectors {
  words: Iterable<string>;
  /** numbers of a vector */
  size: number;
}

/**
 * The vectors of some words from a text file as GloVe's and word2vec's: a word and its numbers on each line, with blanks
 * between, and perhaps a first line with the number of words and the size. The file is read piece by piece and may be
 * larger than the memory. Of words that stand there twice the first counts.
 * @throws UserError where the file cannot be read, has another format or size, or none of the words
 */
export async function readWordVectors(
  file: string,
  { words, size }: WantedVectors,
  startProgress: StartProgress = silentProgress,
): Promise<Map<string, Float32Array>> {
  const wanted = new Set(words);
  const found = new Map<string, Float32Array>();
  const progress = startProgress(`Word vectors from ${file}`, sizeOf(file));
  let number = 0;
  try {
    for await (const { lines, bytesRead } of readLines(file)) {
      for (const line of lines) {
        number++;
        if (number === 1 && checkFirst(file, line, size)) continue;
        const word = line.slice(0, line.indexOf(' '));
        if (!wanted.has(word) || found.has(word)) continue;
        const numbers = line.trimEnd().split(' ').slice(1);
        if (numbers.length > size) continue; // an entry of several words that begins with this one
        const vector = Float32Array.from(numbers, Number);
        if (vector.length < size || !vector.every(Number.isFinite)) {
          throw new UserError(
            `Line ${number} of ${file} is not "${word}" and ${size} numbers: fetch the file again.`,
          );
        }
        found.set(word, vector);
      }
      progress.update(bytesRead, `${found.size} of ${wanted.size} words`);
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file} cannot be read (${messageOf(error)}): name a file of word vectors.`);
  } finally {
    progress.finish(`${found.size} of ${wanted.size} words`);
  }
  if (found.size === 0) {
    throw new UserError(
      `${file} has a vector for none of the ${wanted.size} words of the captions: name a text file of word ` +
        'vectors in their language.',
    );
  }
  return found;
}

function sizeOf(file: string): number {
  try {
    return fs.statSync(file).size;
  } catch (error) {
    throw new UserError(`${file} cannot be read (${messageOf(error)}): name a file of word vectors.`);
  }
}

/** @returns whether the first line is a header */
function checkFirst(file: string, line: string, size: number): boolean {
  const fields = line.trimEnd().split(' ');
  const isHeader = fields.length === 2 && fields.every((field) => /^\d+$/.test(field));
  const numbers = fields.slice(1).map(Number);
  if (numbers.length === 0 || !numbers.every(Number.isFinite)) {
    throw new UserError(
      `${file} does not begin with a word and its numbers: name word vectors in the text form of GloVe or word2vec.`,
    );
  }
  const has = isHeader ? numbers[0] : numbers.length;
  if (has !== size) {
    throw new UserError(
      `The vectors of ${file} have ${has} numbers but the option captioner.embedding is ${size}: set it to ${has} ` +
        'or name other vectors.',
    );
  }
  return isHeader;
}
