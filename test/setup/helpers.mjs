import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

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
