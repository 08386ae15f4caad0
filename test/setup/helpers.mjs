import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { projectPaths, PROJECT_ROOT } from '../../scripts/setup/paths.mjs';

/**
 * Runs a test in an empty folder that is removed afterwards.
 * @template T
 * @param {(dir: string) => T | Promise<T>} work
 */
export async function inFolder(work) {
  const dir = mkdtempSync(join(tmpdir(), 'setup-'));
  try {
    return await work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const PYTHON = projectPaths(PROJECT_ROOT).python;

/** For `before`: skips tests that run the project's Python where it is not set up. @this {Mocha.Context} */
export function skipWithoutPython() {
  if (existsSync(PYTHON)) return;
  console.log('      skipped: .venv is missing');
  this.skip();
}

/**
 * Runs a script with the project's Python.
 * @param {string[]} args
 */
export const runPython = (...args) => spawnSync(PYTHON, args, { encoding: 'utf8' });

/**
 * @param {string} file
 * @param {string} text
 */
export function put(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/**
 * A program that is a shell script.
 * @param {string} file
 * @param {string} script
 */
export function putProgram(file, script) {
  put(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

/**
 * Runs `work` with a search path of `dir` alone.
 * @template T
 * @param {string} dir
 * @param {() => T} work
 */
export function withPath(dir, work) {
  const before = process.env.PATH;
  process.env.PATH = dir;
  try {
    return work();
  } finally {
    process.env.PATH = before;
  }
}
