import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * The compiler, loaded when it is used: this module is imported before set-up has installed it.
 * @returns {typeof import('typescript')}
 */
const typescript = () => createRequire(import.meta.url)('typescript');

/*
 * What may import what in lib. Parts are named by their path in lib, without the ending of a file; what stands in no part
 * of its own belongs to the folder around it.
 */

/** The floors of lib, from the ground up. A part imports itself and what is on floors below, types included. */
export const FLOORS = [
  [
    'decode-text',
    'errors',
    'html',
    'in-batches',
    'nearest',
    'only-with',
    'ops',
    'project-root',
    'random',
    'registered-names',
    'shared-cache',
    'short-value',
    'tslab',
  ],
  ['files', 'native', 'progress', 'registry', 'safetensors', 'text-file', 'tokenizer'],
  ['confidence', 'metrics', 'scenes'],
  ['data'],
  ['vision'],
  ['captioners', 'language'],
  ['decoding', 'model', 'word-vectors'],
  ['caption-cache', 'training'],
  ['config', 'plots'],
  ['generate-caption', 'pipeline'],
  ['index', 'tuning'],
  ['commands'],
  ['cli', 'notebook'],
];

/** Parts that run wherever tfjs-core does, a browser too: no Node module and no native addon, whatever they import. */
const PORTABLE = ['captioners', 'decoding', 'ops', 'tokenizer', 'vision/encoders'];
const PORTABLE_PACKAGES = ['@petamoriken/float16', '@tensorflow/tfjs-core', 'pure-rand', 'zod'];

/**
 * An import or a re-export. `target`: a file in lib without its ending, or a package.
 * @typedef {{ target: string, inLib: boolean, isType: boolean }} Import
 */

/**
 * Imports of each file in lib.
 * @param {string} lib
 * @returns {Map<string, Import[]>} by path without its ending
 */
export function readImports(lib) {
  const ts = typescript();
  const files = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return new Map(
    files.map((name) => {
      const source = ts.createSourceFile(name, readFileSync(join(lib, name), 'utf8'), ts.ScriptTarget.ES2022);
      return [name.replace(/\.ts$/, ''), source.statements.flatMap((one) => importOf(one, dirname(name)))];
    }),
  );
}

/**
 * @param {import('typescript').Statement} statement
 * @param {string} folder of the file
 * @returns {Import[]} one or none
 */
function importOf(statement, folder) {
  const ts = typescript();
  const isImport = ts.isImportDeclaration(statement);
  if (!isImport && !ts.isExportDeclaration(statement)) return [];
  const specifier = statement.moduleSpecifier;
  if (!specifier || !ts.isStringLiteral(specifier)) return [];
  const isType = isImport ? statement.importClause?.isTypeOnly === true : statement.isTypeOnly;
  const inLib = specifier.text.startsWith('.');
  return [{ target: inLib ? join(folder, specifier.text) : specifier.text, inLib, isType }];
}

/**
 * The longest part that a file belongs to.
 * @param {string} file
 * @param {readonly string[]} parts
 */
const partOf = (file, parts) =>
  parts
    .filter((part) => file === part || file.startsWith(`${part}/`))
    .sort((a, b) => b.length - a.length)
    .at(0);

/**
 * Imports that don't lead to a lower floor, and files that are on none.
 * @param {Map<string, Import[]>} imports
 * @param {readonly (readonly string[])[]} floors
 * @returns {string[]} a sentence each
 */
export function upwardImports(imports, floors = FLOORS) {
  const parts = floors.flat();
  /** @param {string} file */
  const placeOf = (file) => {
    const part = partOf(file, parts);
    return { part, floor: floors.findIndex((floor) => part !== undefined && floor.includes(part)) };
  };
  return [...imports].flatMap(([file, targets]) => {
    const own = placeOf(file);
    if (own.part === undefined)
      return [`lib/${file}.ts is on no floor: give it one in scripts/checks/imports.mjs`];
    return targets
      .map(({ target, inLib }) => ({ target, inLib, place: placeOf(target) }))
      .filter(({ inLib, place }) => inLib && place.part !== own.part && place.floor >= own.floor)
      .map(
        ({ target, place }) =>
          `lib/${file}.ts (floor ${own.floor}) imports lib/${target}.ts (floor ${place.floor}): only lower ones may be imported`,
      );
  });
}

/**
 * Ways from a portable part to a module that is not portable.
 * @param {Map<string, Import[]>} imports
 * @param {readonly string[]} portable
 * @returns {string[]} a sentence each
 */
export function unportableImports(imports, portable = PORTABLE) {
  const files = [...imports.keys()].filter((file) => partOf(file, portable) !== undefined);
  return files.flatMap((file) => {
    const way = wayOut(file, imports, new Set());
    return way ? [`lib/${[file, ...way].join(' imports ')}, which is not portable`] : [];
  });
}

/**
 * @param {string} file
 * @param {Map<string, Import[]>} imports
 * @param {Set<string>} seen files that lead nowhere or are being looked at
 * @returns {string[] | undefined} the files on the way to the first package that is not portable, and that package
 */
function wayOut(file, imports, seen) {
  seen.add(file);
  for (const { target, inLib, isType } of imports.get(file) ?? []) {
    if (isType || seen.has(target)) continue;
    if (!inLib) {
      if (PORTABLE_PACKAGES.includes(target)) continue;
      return [target];
    }
    const way = wayOut(target, imports, seen);
    if (way) return [target, ...way];
  }
  return undefined;
}

/**
 * @param {import('../setup/paths.mjs').Paths} paths
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export function checkImports({ sources }) {
  const imports = readImports(sources);
  const found = [...upwardImports(imports), ...unportableImports(imports)];
  return Promise.resolve({ ok: found.length === 0, output: found.join('\n') });
}
