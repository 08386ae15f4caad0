import { SetupError } from './errors.mjs';
import { accessSync, constants, readFileSync, readdirSync, statfsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { outputOf } from './command.mjs';

/*
 * What a machine needs before the set-up can begin.
 */

/**
 * Node 20.19 and 22.12 are the first of their lines in which CommonJS can load ES modules.
 * @param {string} version such as '20.19.1'
 */
export function checkNode(version) {
  const [major, minor] = version.split('.').map(Number);
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 23) return;
  throw new SetupError(
    `Node ${version} is too old: install Node 20.19, 22.12, 24 or later and run the command again.`,
  );
}

/**
 * @param {string} platform
 * @param {string} machine
 */
export function checkPlatform(platform, machine) {
  if (platform === 'linux' && machine === 'x64') return;
  throw new SetupError(
    `This project is set up on Linux x86-64 only, and this is ${platform} ${machine}: use such a machine, or WSL 2 on Windows.`,
  );
}

/**
 * The C++ compiler that builds the addon: $CXX, or the first of c++, g++ and clang++ that runs.
 * @param {NodeJS.ProcessEnv} [env]
 */
export function findCompiler(env = process.env) {
  const candidates = env.CXX ? [env.CXX] : ['c++', 'g++', 'clang++'];
  const found = candidates.find((name) => outputOf(name, ['--version']) !== undefined);
  if (found) return found;
  throw new SetupError(
    `No C++ compiler was found (${candidates.join(', ')}): install one (on Debian and Ubuntu: sudo apt install g++) and run the command again.`,
  );
}

/**
 * @param {string} dir a folder on the disk to be filled
 * @param {number} gigabytes what the set-up will need
 */
export function checkDisk(dir, gigabytes) {
  const { bavail, bsize } = statfsSync(dir);
  const free = (bavail * bsize) / 1e9;
  if (free >= gigabytes) return;
  throw new SetupError(
    `The disk of ${dir} has ${free.toFixed(1)} GB free and the set-up needs ${gigabytes} GB: free some space and run the command again.`,
  );
}

/**
 * Which TensorFlow fits this machine: 'gpu' where an NVIDIA GPU is found, else 'cpu'.
 * TENSORFLOW=cpu or TENSORFLOW=gpu in the environment decides instead.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {'cpu' | 'gpu'}
 */
export function tensorflowKind(env = process.env) {
  if (env.TENSORFLOW === 'cpu' || env.TENSORFLOW === 'gpu') return env.TENSORFLOW;
  if (entries('/proc/driver/nvidia/gpus').length && entries('/dev').some((name) => /^nvidia\d+$/.test(name)))
    return 'gpu';

  if (!isOnPath('nvidia-smi', env)) return 'cpu';
  return /^GPU \d/m.test(outputOf('nvidia-smi', ['-L']) ?? '') ? 'gpu' : 'cpu';
}

/** @param {string} dir */
function entries(dir) {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

/**
 * @param {string} program
 * @param {NodeJS.ProcessEnv} env
 */
function isOnPath(program, env) {
  return (env.PATH ?? '').split(delimiter).some((dir) => {
    try {
      accessSync(join(dir, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * requirements.txt as this machine needs it: with the CUDA wheel in place of the CPU wheel on a GPU machine.
 * @param {string} file requirements.txt
 * @param {'cpu' | 'gpu'} kind
 */
export function requirementsFor(file, kind) {
  const text = readFileSync(file, 'utf8');
  return kind === 'cpu' ? text : text.replace(/^tensorflow-cpu==/m, 'tensorflow[and-cuda]==');
}
