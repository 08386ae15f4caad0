import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/*
 * The code cells of a notebook as one TypeScript module, for the strict compiler: tslab itself isn't strict.
 */

/**
 * @typedef {{ code: string, origin: string[] }} CellModule `origin[i]`: where line i + 1 of `code` comes from
 */

/**
 * @param {string} name of the notebook, for `origin`
 * @param {string} text of the .ipynb file
 * @returns {CellModule}
 */
export function moduleOf(name, text) {
  /** @type {{ cell_type: string, source: string | string[] }[]} */
  const cells = JSON.parse(text).cells;
  const code = [];
  const origin = [];
  let number = 0;
  for (const cell of cells) {
    if (cell.cell_type !== 'code') continue;
    number += 1;
    const lines = [cell.source].flat().join('').split('\n');
    code.push(...lines);
    origin.push(...lines.map((_, i) => `${name} cell ${number} line ${i + 1}`));
  }
  code.push('export {};', ''); // a module even where nothing is imported: await at the top is then allowed
  return { code: code.join('\n'), origin };
}

/**
 * Writes a module for each notebook of a folder. Modules that are there of notebooks with other names are removed.
 * @param {string} notebooks
 * @param {string} target
 * @returns {Map<string, string[]>} file name of the module -> where each of its lines comes from
 */
export function extractCells(notebooks, target) {
  mkdirSync(target, { recursive: true });
  // By their names, since the folder may lie behind a link: 01-preprocess.ts
  for (const name of readdirSync(target).filter((one) => /^\d\d-.*\.ts$/.test(one)))
    rmSync(join(target, name), { force: true });
  const origins = new Map();
  for (const file of readdirSync(notebooks).filter((name) => name.endsWith('.ipynb'))) {
    const { code, origin } = moduleOf(`notebooks/${file}`, readFileSync(join(notebooks, file), 'utf8'));
    const module = `${basename(file, '.ipynb')}.ts`;
    writeFileSync(join(target, module), code);
    origins.set(module, origin);
  }
  return origins;
}

/**
 * The compiler's messages with cells and lines in place of the extracted module's.
 * @param {string} output of tsc
 * @param {Map<string, string[]>} origins
 */
export function withOrigins(output, origins) {
  return output.replace(/^\S*?([^/\s]+\.ts)\((\d+),(\d+)\)/gm, (whole, module, line) => {
    return origins.get(module)?.[Number(line) - 1] ?? whole;
  });
}
