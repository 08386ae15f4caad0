import { existsSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { ImageError, UserError } from '../../errors';
import { expandHome } from '../../files';
import { PROJECT_ROOT } from '../../project-root';
import { shorten } from '../../short-value';

/*
 * Paths that a user types are relative to where the user stands. npm runs commands in the project's folder, so
 * scripts/user-folder.mjs hands the other one on. What is read and is not there is looked for in the project's folder too, where
 * models/ and data/ are. Defaults, which nobody typed, are relative to the project's folder.
 */

/** Where the user stands. */
export const userFolder = (): string => process.env['USER_FOLDER'] ?? process.cwd();

/**
 * Makes the project's folder the working directory, as npm does, also where a command is run without npm: what nobody
 * names (data/, models/) is there. A relative DATA_DIR is one that the user typed.
 */
export function workInProject(): void {
  process.env['USER_FOLDER'] = userFolder();
  process.chdir(PROJECT_ROOT);
  const { DATA_DIR: typed } = process.env;
  if (typed) process.env['DATA_DIR'] = pathOf(typed);
}

/**
 * The path of what is written: relative to where the user stands.
 * @throws UserError for none
 */
export function writtenPath(typed: string): string {
  refuseEmpty(typed);
  return fromHere(resolve(userFolder(), expandHome(typed)), typed);
}

/** The path of what may be there: where the user stands, else in the project's folder, else the first of the two. */
export function pathOf(typed: string): string {
  const places = placesOf(typed);
  return fromHere(places.find((place) => existsSync(place)) ?? places[0], typed);
}

/**
 * Parses the value of a flag that names what is read.
 * @returns a function for commander
 * @throws UserError that names all places where it was looked for
 */
export function readPath(flag: string): (typed: string) => string {
  return (typed) => {
    refuseEmpty(typed);
    if (isThere(typed)) return pathOf(typed);
    throw new UserError(`${flag} ${typed} is not there: looked for ${placesOf(typed).join(' and ')}.`);
  };
}

/**
 * The same for several paths with commas between them, of which some may be empty. A path with a comma in it is one.
 * @returns a function for commander
 */
export function readPaths(flag: string): (typed: string) => string {
  const read = readPath(flag);
  return (typed) => {
    if (!typed.includes(',') || isThere(typed)) return read(typed);
    const paths = typed.split(',').map((path) => path.trim());
    return paths.map((path) => (path === '' ? '' : read(path))).join();
  };
}

/** Of a variable that is not set, as in `--model "$MODEL"`, which would be the folder where the user stands. */
function refuseEmpty(typed: string): void {
  if (typed.trim() === '')
    throw new UserError('A path is empty: name a file or folder, or leave its flag out.');
}

/** Whether what is to be read is in one of its places. */
const isThere = (typed: string): boolean => placesOf(typed).some((place) => existsSync(place));

/** All places where what is to be read may be, as absolute paths. */
function placesOf(typed: string): string[] {
  const path = expandHome(typed);
  return isAbsolute(path)
    ? [path]
    : [...new Set([userFolder(), PROJECT_ROOT].map((folder) => resolve(folder, path)))];
}

/**
 * The path of an image; an address stays as it is.
 * @throws ImageError that names all places where a path was looked for
 */
export function imagePath(typed: string): string {
  if (typed.trim() === '') return typed;
  if (isThere(typed)) return pathOf(typed);
  if (isAddress(typed)) return typed;
  const places = placesOf(typed).map((place) => shorten(place));
  throw new ImageError(
    `${shorten(typed)} cannot be read (there is no such file): looked for ${places.join(' and ')}.`,
  );
}

/** Whether an image is named by an address (`https:`, `file:`, `data:`), not by a path. */
export const isAddress = (typed: string): boolean => /^[a-z][a-z0-9+.-]+:/i.test(typed);

/** A path of the project as it is printed for the user: so that it can be typed where the user stands. */
export function shownPath(path: string): string {
  const absolute = resolve(path);
  const way = relative(userFolder(), absolute);
  return way.startsWith('..') ? absolute : way;
}

/** The path as it was typed, where that leads to the same place from the working directory. */
const fromHere = (place: string, typed: string): string => (resolve(typed) === place ? typed : place);
