import fs from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors';
import { isFolder, makeFolder, removeOwnFiles } from '../files';
import { folderHolder, heldSentence, LOCK_FILE } from '../files/folder-lock';
import { removeIfEmpty } from '../files/remove-empty';
import type { ModelRecord } from './format';
import { MODEL_FILE, recordOf, savedRecord, shippedClause } from './saved-model';

/** A folder with a model. */
export interface ModelFolderEntry {
  folder: string;
  /** undefined where it can not be read */
  record?: ModelRecord;
  /** of all its files, checkpoints included */
  bytes: number;
  /** when it was saved */
  saved: Date;
  /** whether a process trains there now */
  isInUse: boolean;
}

/** Folders in folders that are looked at: `models/scenes-compare/NAME` holds one too. */
const DEPTH = 2;

/** The models in a folder and in its folders, by name; links are not followed. */
export function modelsIn(folder: string, depth = DEPTH): ModelFolderEntry[] {
  if (depth === 0 || !isFolder(folder)) return [];
  const folders = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders
    .map(({ name }) => path.join(folder, name))
    .sort()
    .flatMap((inside) => (isModel(inside) ? [entryOf(inside)] : modelsIn(inside, depth - 1)));
}

const isModel = (folder: string): boolean => fs.existsSync(path.join(folder, MODEL_FILE));

function entryOf(folder: string): ModelFolderEntry {
  const record = savedRecord(folder);
  return {
    folder,
    ...(record === undefined || record === 'unreadable' ? {} : { record }),
    bytes: bytesIn(folder),
    saved: fs.statSync(path.join(folder, MODEL_FILE)).mtime,
    isInUse: folderHolder(folder) !== undefined,
  };
}

function bytesIn(folder: string): number {
  const files = fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + fs.statSync(path.join(parentPath, name)).size, 0);
}

/**
 * Gives a model's folder another name.
 * @throws UserError where there is no model, it comes with the project or is in use, or the new name is taken
 */
export function renameModel(folder: string, to: string): void {
  assertOwn(folder, 'renamed');
  if (fs.existsSync(to)) throw new UserError(`${to} is there already: choose another name.`);
  makeFolder(path.dirname(path.resolve(to)));
  fs.renameSync(folder, to);
}

/** @throws UserError where a model must not be deleted: there is none, it comes with the project or is in use */
export const assertDeletable = (folder: string): void => assertOwn(folder, 'deleted');

/**
 * Deletes a model: its record, weights and checkpoints. Other files in its folder stay, and the folder with them.
 * @returns the names of what stays
 * @throws UserError where there is no model, or it comes with the project or is in use
 */
export function deleteModel(folder: string): string[] {
  assertDeletable(folder);
  const record = savedRecord(folder);
  const named = typeof record === 'object' ? [record.weights.file, record.trainingImages?.file] : [];
  removeCheckpoints(path.join(folder, 'training'));
  // The record goes last: a deletion that was cut off can be repeated.
  removeOwnFiles(folder, (name) => named.includes(name) || name === LOCK_FILE);
  removeOwnFiles(folder, (name) => name === MODEL_FILE);
  removeIfEmpty(folder);
  return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
}

/** Removes the checkpoints below a folder, with their events and the folders that are empty then; behind a link nothing. */
export function removeCheckpoints(folder: string): void {
  if (fs.lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) return;
  removeOwnFiles(folder, isOfTraining, { below: true });
  removeEmptyBelow(folder);
}

const isOfTraining = (name: string): boolean =>
  /^(last|best|epoch-\d+)\.safetensors/.test(name) || name.startsWith('events.out.tfevents.');

function removeEmptyBelow(folder: string): void {
  if (!isFolder(folder)) return;
  for (const entry of fs.readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeEmptyBelow(path.join(folder, entry.name));

  removeIfEmpty(folder);
}

/** @throws UserError where a folder must not be touched */
function assertOwn(folder: string, what: string): void {
  const link = fs.lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink();
  if (link) throw new UserError(`${folder} is a link, and is not ${what}: name the folder that it leads to.`);
  const record = savedRecord(folder);
  if (record === undefined) recordOf(folder); // throws: there is no model
  if (typeof record === 'object' && record.shipped)
    throw new UserError(`${folder} ${shippedClause(what)}: name another model.`);

  const holder = folderHolder(folder);
  if (holder) throw new UserError(heldSentence(folder, holder));
}
