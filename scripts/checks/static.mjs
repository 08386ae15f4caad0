import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { extractCells, withOrigins } from '../notebooks/cells.mjs';
import { checkImports } from './imports.mjs';
import { checkSpelling } from './spelling.mjs';

/** @typedef {import('../setup/paths.mjs').Paths} Paths */
/** @typedef {{ name: string, run: (paths: Paths) => Promise<{ ok: boolean, output: string }> }} Check */

/**
 * The checks that only read the code.
 * @type {Check[]}
 */
export const staticChecks = [
  {
    name: 'types: lib, bench and test',
    run: (paths) => tool(paths, 'typescript/bin/tsc', ['-p', 'tsconfig.json']),
  },
  {
    name: 'types: as tslab sees lib',
    // tslab's compiler is not strict, and infers other types from the schemas then.
    run: (paths) => tool(paths, 'typescript/bin/tsc', ['-p', 'tsconfig.json', '--strict', 'false']),
  },
  { name: 'types: notebook cells', run: checkCells },
  {
    name: 'types: scripts',
    run: (paths) => tool(paths, 'typescript/bin/tsc', ['-p', 'scripts/tsconfig.json']),
  },
  { name: 'lint', run: (paths) => tool(paths, 'eslint/bin/eslint.js', ['.', '--max-warnings', '0']) },
  {
    name: 'format',
    run: (paths) => tool(paths, 'prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']),
  },
  { name: 'spelling', run: checkSpelling },
  {
    name: 'API pages',
    // Whether they could be written: every public name has a comment, every link leads somewhere.
    run: (paths) => tool(paths, 'typedoc/bin/typedoc', ['--emit', 'none']),
  },
  {
    name: 'drawings of the captioners',
    run: (paths) => node(paths, ['--import', 'tsx', 'docs/scripts/architecture.ts', '--check']),
  },
  {
    name: 'options page',
    run: (paths) => node(paths, ['--import', 'tsx', 'docs/scripts/options.ts', '--check']),
  },
  { name: 'import floors', run: checkImports },
  {
    name: 'scripts of the commands',
    run: (paths) => node(paths, ['--import', 'tsx', 'docs/scripts/npm-scripts.ts', '--check']),
  },
  {
    name: 'import cycles',
    // Imports of types count too: tslab follows them all.
    run: (paths) =>
      tool(paths, 'dpdm/lib/bin/dpdm.js', [
        ...['--no-tree', '--no-warning', '--no-progress', '--exit-code', 'circular:1'],
        'lib/**/*.ts',
        'bench/**/*.ts',
      ]),
  },
];

/** @param {Paths} paths */
async function checkCells(paths) {
  const origins = extractCells(paths.notebooks, join(paths.root, 'data', 'cells'));
  if (origins.size === 0) return { ok: false, output: 'There are no notebooks in notebooks/.' };
  const { ok, output } = await tool(paths, 'typescript/bin/tsc', ['-p', 'tsconfig.notebooks.json']);
  return { ok, output: withOrigins(output, origins) };
}

/**
 * Runs a tool of node_modules.
 * @param {Paths} paths
 * @param {string} script
 * @param {string[]} args
 */
const tool = (paths, script, args) => node(paths, [join(paths.nodeModules, script), ...args]);

/**
 * Runs Node in the project's folder.
 * @param {Paths} paths
 * @param {string[]} args
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
function node(paths, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: paths.root });
    let output = '';
    child.stdout.on('data', (text) => (output += String(text)));
    child.stderr.on('data', (text) => (output += String(text)));
    child.on('error', reject);
    child.on('close', (status) => resolve({ ok: status === 0, output }));
  });
}
