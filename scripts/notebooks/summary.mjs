import { readIfThere } from '../setup/stamp.mjs';

/**
 * What the notebooks leave in data/run/summary.json; every part may be missing.
 * @typedef {object} Summary
 * @property {string} [model] folder of the trained model
 * @property {{ image: string, caption: string }[]} [captions] generated captions
 * @property {Record<string, number>} [scores] fractions, such as { "BLEU-4": 0.42, "objects right": 0.97 }
 */

/**
 * @param {string} file
 * @returns {Summary | undefined} undefined where there is none
 */
export function readSummary(file) {
  const text = readIfThere(file);
  return text ? JSON.parse(text) : undefined;
}

/**
 * The summary as lines of text: captions, then scores in hundredths (as papers give them).
 * @param {Summary} summary
 * @returns {string[]}
 */
export function summaryLines({ model, captions = [], scores = {} }) {
  const lines = [];
  if (captions.length) {
    lines.push('', 'Generated captions');
    for (const { image, caption } of captions) lines.push(`  ${image}`, `      ${caption}`);
  }
  const names = Object.keys(scores);
  if (names.length) {
    lines.push('', 'Scores on the validation images (x 100)');
    const width = Math.max(...names.map((name) => name.length));
    for (const name of names)
      lines.push(`  ${name.padEnd(width)}  ${(100 * scores[name]).toFixed(1).padStart(6)}`);
  }
  if (model) lines.push('', `The model is in ${model}`);
  return lines;
}
