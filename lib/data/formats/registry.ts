import { Registry } from '../../registry';
import { captionCsv } from './caption-csv';
import { cocoJson } from './coco-json';
import type { CaptionFormat } from './format';
import { karpathyJson } from './karpathy-json';
import { resultsCsv } from './results-csv';
import { tokenFile } from './token-file';

/** All formats of caption files; the first that recognizes a text reads it. */
const formats = new Registry<CaptionFormat>('caption format', [
  cocoJson,
  karpathyJson,
  resultsCsv,
  captionCsv,
  tokenFile,
]);

/**
 * Adds a format of caption files; it is tried after the others.
 * @returns a function that removes it again
 */
export function registerCaptionFormat(format: CaptionFormat): () => void {
  return formats.register(format);
}

export function captionFormats(): CaptionFormat[] {
  return formats.all();
}
