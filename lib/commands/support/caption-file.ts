import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { messageOf, UserError } from '../../errors';
import { writeAtomically } from '../../files';
import type { CaptionRecord, RecordFormat } from './caption-records';
import { checkWritable, keepStandardOutput, STANDARD_OUTPUT } from './json-file';
import { writtenPath } from './user-path';

/** What captions depend on, kept beside the file, so that a later run can tell whether it may go on with it. */
export interface CaptionSettings {
  /** of the models' weights */
  models: string[];
  captions: number;
  options: Record<string, unknown>;
}

/** Where captions go as they come. */
export interface CaptionFile {
  /** images that the file has from an earlier run */
  done: ReadonlySet<string>;
  add(record: CaptionRecord): void;
}

/**
 * Opens the file of a flag to add captions. One of an earlier run with the same settings is gone on with: a line that was
 * cut off at its end is removed.
 * @param flag such as --csv
 * @param typed its value; `-` is standard output, to which nothing else goes then
 * @param inputs files that the command reads
 * @throws UserError where the file is none of this format, was written with other settings, or cannot be written
 */
export function openCaptionFile(
  flag: string,
  typed: string,
  format: RecordFormat,
  settings: CaptionSettings,
  inputs: readonly string[],
): CaptionFile {
  const { captions } = settings;
  if (typed === STANDARD_OUTPUT) {
    keepStandardOutput();
    process.stdout.write(format.head(captions));
    return {
      done: new Set(),
      add: (record) => void process.stdout.write(format.line(record, captions)),
    };
  }
  const file = writtenPath(typed);
  checkWritable(flag, file, inputs);
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const written = before === '' ? { images: [], text: '' } : format.read(before, captions);
  // Without captions it may be of any settings.
  if (written?.images.length !== 0) checkSettings(flag, file, settings, written !== undefined);
  const text = written?.text || format.head(captions);
  if (text !== before) writeAtomically(file, text);
  writeAtomically(settingsFile(file), `${JSON.stringify(settings, null, 1)}\n`);
  return {
    done: new Set(written?.images),
    add(record) {
      try {
        appendFileSync(file, format.line(record, captions));
      } catch (error) {
        throw new UserError(
          `Cannot write ${file} (${messageOf(error)}): free disk space there and run again.`,
        );
      }
    },
  };
}

const settingsFile = (file: string) => `${file}.settings.json`;

/** @throws UserError where a file is not one that this run may go on with */
function checkSettings(flag: string, file: string, settings: CaptionSettings, isReadable: boolean): void {
  const elsewhere = 'name another file, or remove this one to begin anew';
  if (!existsSync(settingsFile(file))) {
    throw new UserError(
      `${flag} ${file} was not written by this command (${settingsFile(file)} is missing): name another file.`,
    );
  }
  const before = readSettings(file);
  if (!before) throw new UserError(`${settingsFile(file)} is damaged: ${elsewhere}.`);
  const changed = difference(before, settings);
  if (changed !== undefined) throw new UserError(`${flag} ${file} has captions of ${changed}: ${elsewhere}.`);
  if (!isReadable)
    throw new UserError(`${flag} ${file} holds something else than captions of this command: ${elsewhere}.`);
}

/** The settings that a file's captions were made with; undefined where they cannot be read. */
function readSettings(file: string): CaptionSettings | undefined {
  try {
    const settings = JSON.parse(readFileSync(settingsFile(file), 'utf8')) as Partial<CaptionSettings> | null;
    return settings?.models && settings.options ? (settings as CaptionSettings) : undefined;
  } catch {
    return undefined;
  }
}

/** What differs, as a clause; undefined where nothing does. */
function difference(before: CaptionSettings, now: CaptionSettings): string | undefined {
  if (!isDeepStrictEqual(before.models, now.models)) return 'another model';
  if (before.captions !== now.captions) return `another number of captions (${before.captions})`;
  const names = [...new Set([...Object.keys(before.options), ...Object.keys(now.options)])];
  const name = names.find((one) => !isDeepStrictEqual(before.options[one], now.options[one]));
  return (
    name &&
    `another option (${name}: ${JSON.stringify(before.options[name])}, now ${JSON.stringify(now.options[name])})`
  );
}
