import { readFileSync } from 'node:fs';
import { confidenceText } from '../confidence/words';
import { parseValue } from '../config/values';
import { captionsOption } from '../decoding/caption-request';
import { decodingOptions } from '../decoding/options';
import { UserError } from '../errors';
import { isFile } from '../files';
import {
  captionInBatches,
  isFailed,
  SHIPPED_MODEL,
  type CaptionResult,
  type GenerateOptions,
} from '../generate-caption';
import { recordOf } from '../model/saved-model';
import { silentProgress } from '../progress/progress';
import { startProgress } from '../progress/start';
import { stopSignal } from '../progress/stop';
import { openCaptionFile, type CaptionFile, type CaptionSettings } from './support/caption-file';
import { captionRecord, csvRows, jsonLines, type CaptionRecord } from './support/caption-records';
import type { CommandDefinition } from './support/command';
import { addFlags, pickFlags } from './support/flags';
import { IMAGES_HELP, listImages, type ListedImage } from './support/image-list';
import { JSON_OR_STDOUT, jsonFile, modelFiles, STANDARD_OUTPUT } from './support/json-file';
import { pathOf, readPath, writtenPath } from './support/user-path';

interface Flags {
  model: string;
  captions?: number;
  include: string[];
  exclude: string[];
  csv?: string;
  jsonl?: string;
  json?: string;
}

/** The model states its encoder, and images go through it one by one or in batches of a fixed size. */
const UNUSED = ['encoder', 'endPoint', 'fineTuneFrom', 'encoderBatchSize'];

/** Fewer images show no progress. */
const MANY_IMAGES = 17;

export const command: CommandDefinition = {
  name: 'caption',
  summary: 'Caption images: files, folders, patterns, http(s) addresses or standard input.',
  details:
    'With --csv or --jsonl captions are written there as they come; the same command goes on where it was stopped. Status 1: some ' +
    'images have no caption, 130: stopped by Ctrl-C.',
  addOptions(command) {
    command
      .argument('<images...>', IMAGES_HELP)
      .option(
        '--model <folders>',
        'folder of the model, or of several with commas between: an ensemble',
        (typed: string) => typed.split(',').map(readPath('--model')).join(),
        pathOf(SHIPPED_MODEL),
      )
      .option(
        '--captions <number>',
        `${captionsOption.description} [an integer >= 1 and <= 100; default: 1]`,
        (text) => parseValue('--captions', text, captionsOption.unwrap()),
      )
      .option(
        '--include <words>',
        'a word or phrase that captions must have, in singular or plural; `a|b`: one of these as they are. Several times: all ' +
          'of them',
        addTo,
        [],
      )
      .option('--exclude <words>', 'a word or phrase that captions must not have, in the same way', addTo, [])
      .option('--csv <file>', `write captions there as they come, a row an image ${JSON_OR_STDOUT}`)
      .option('--jsonl <file>', `the same with words and log-probabilities, a JSON object a line`)
      .option(
        '--json <file>',
        `write captions, words and log-probabilities there at the end ${JSON_OR_STDOUT}`,
      );
    addFlags(command, ['encoder', 'decoding'], { except: UNUSED });
  },
  async run(command) {
    const flags = command.opts<Flags>();
    const images = await listImages(command.args);
    const options = generateOptions(flags, command.opts());
    const sources = images.flatMap(({ source }) => (typeof source === 'string' ? source : []));
    const read = [...sources, ...options.model.flatMap(modelFiles)];
    checkOutputs(flags);
    const files = captionFiles(flags, options, read);
    const writeJson = jsonFile(flags.json, read);
    const open = images.filter(({ name }) => files.length === 0 || files.some(({ done }) => !done.has(name)));
    const known = images.length - open.length;
    if (known > 0) console.error(`${known} of ${images.length} images have been captioned before.`);

    const prints = files.length === 0;
    const records: CaptionRecord[] = [];
    const failed = open.flatMap(({ error }) => error ?? []);
    const readable = open.filter(({ error }) => !error);
    const seen = await captionListed(readable, options, prints, (image, result) => {
      if (isFailed(result)) return void failed.push(result.error);
      const record = captionRecord(image, result);
      for (const file of files) if (!file.done.has(image)) file.add(record);
      if (prints) printCaptions(record, images.length > 1);
      if (record.captions.length < options.captions) {
        console.error(
          `${image}: only ${record.captions.length} different captions were found, not ${options.captions}.`,
        );
      }
      if (flags.json !== undefined) records.push(record);
    });
    writeJson(records);
    if (images.length === 1 && failed.length === 1) throw failed[0];
    for (const { message } of failed) console.error(message);
    if (seen < readable.length) {
      const goesOn = prints ? '' : '; the same command goes on from there';
      console.error(`Stopped after ${known + seen} of ${images.length} images${goesOn}.`);
      process.exitCode = 130; // as of a command that SIGINT ended
    } else if (failed.length > 0) {
      throw new UserError(`${failed.length} of ${images.length} images have no caption: see above.`);
    }
  },
};

const addTo = (text: string, before: string[]) => [...before, text];

function generateOptions({ model, captions = 1, include, exclude }: Flags, values: Record<string, unknown>) {
  return {
    model: model.split(','),
    ...{ captions, include, exclude },
    ...pickFlags(values, 'encoder'),
    ...pickFlags(values, 'decoding'),
  } satisfies GenerateOptions;
}

/** @throws UserError where two outputs are standard output, or --json names a file that is no list of captions */
function checkOutputs({ csv, jsonl, json }: Flags): void {
  if ([csv, jsonl, json].filter((file) => file === STANDARD_OUTPUT).length > 1)
    throw new UserError('Only one of --csv, --jsonl and --json can go to standard output (-): name files.');

  if (json === undefined || json === STANDARD_OUTPUT) return;
  const file = writtenPath(json);
  if (!isFile(file) || isCaptionList(readFileSync(file, 'utf8'))) return;
  throw new UserError(
    `--json ${json} holds something else than captions of this command: name another file.`,
  );
}

function isCaptionList(text: string): boolean {
  try {
    const list = JSON.parse(text) as Partial<CaptionRecord>[];
    return (
      Array.isArray(list) && list.every(({ image, caption }) => image !== undefined && caption !== undefined)
    );
  } catch {
    return text === '';
  }
}

/** The files to which captions are added as they come. */
function captionFiles(
  { csv, jsonl }: Flags,
  { model, captions, ...options }: ReturnType<typeof generateOptions>,
  read: readonly string[],
): CaptionFile[] {
  if (csv === undefined && jsonl === undefined) return [];
  const { include, exclude, ...given } = options;
  const names = Object.keys(decodingOptions.shape);
  const decoding = Object.fromEntries(Object.entries(given).filter(([name]) => names.includes(name)));
  const settings: CaptionSettings = {
    models: model.map((folder) => recordOf(folder).weights.sha256),
    captions,
    options: { include, exclude, ...given, ...decodingOptions.parse(decoding) },
  };
  const opened: CaptionFile[] = [];
  if (csv !== undefined) opened.push(openCaptionFile('--csv', csv, csvRows, settings, read));
  if (jsonl !== undefined) opened.push(openCaptionFile('--jsonl', jsonl, jsonLines, settings, read));
  return opened;
}

/**
 * Captions images until Ctrl-C.
 * @returns how many of them
 */
async function captionListed(
  images: readonly ListedImage[],
  options: GenerateOptions,
  prints: boolean,
  onResult: (image: string, result: CaptionResult) => void,
): Promise<number> {
  if (images.length === 0) return 0;
  let done = 0;
  // A bar and captions would write over each other on a terminal.
  const isQuiet = images.length < MANY_IMAGES || (prints && process.stdout.isTTY);
  const progress = (isQuiet ? silentProgress : startProgress)('Captioning', images.length);
  const start = performance.now();
  const stop = stopSignal();
  const sources = images.map(({ source }) => source);
  try {
    await captionInBatches(
      sources,
      options,
      (results) => {
        for (const result of results) onResult(images[done++].name, result);
        const rate = (1000 * done) / (performance.now() - start);
        progress.update(done, `${rate.toFixed(1)} images/s`);
      },
      stop.signal,
    );
  } finally {
    stop.release();
    progress.finish();
  }
  return done;
}

/** A line for each caption; with the image where there are others, and with the confidence of the best where it is known. */
function printCaptions({ image, captions, confidence }: CaptionRecord, others: boolean): void {
  for (const [i, { caption }] of captions.entries()) {
    const sure = i === 0 && confidence !== undefined ? `  (${confidenceText(confidence)})` : '';
    console.log(`${others ? `${image}\t` : ''}${caption}${sure}`);
  }
}
