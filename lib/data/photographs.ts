import { readFileSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { plainName } from './plain-name';
import type { CaptionedImage, Problem } from './types';

/*
 * The same photograph has several names: COCO's files of 2014 and 2017, Flickr's with and without the part behind the
 * number, copies in several folders. It must not be trained on under one name and evaluated under another.
 */

/** COCO_train2014_000000000042.jpg or 000000000042.jpg */
const COCO_NAME = /^(?:COCO_[a-z]+\d{4}_(\d{12})|(0{6}\d{6}))$/;
/** Splits in the names of COCO's files of 2014. */
const COCO_2014 = ['train', 'val', 'test'];
/** 1000268201_693b08cb0e.jpg, in another size 1000268201_693b08cb0e_b.jpg; but not 20240131_1200000000.jpg: a date */
const FLICKR_NAME = /^(?!(?:19|20)\d{6}_\d+$)(\d{5,11})_[0-9a-f]{10}(?:_[a-z])?$/;
/** 1000268201.jpg: Flickr's number, if another name has it with the part that only Flickr gives */
const PLAIN_NUMBER = /^[1-9]\d{4,10}$/;

/** A file's name without folders and ending. */
const stemOf = (name: string): string =>
  name
    .split(/[\\/]/)
    .pop()!
    .replace(/\.[^.]*$/, '');

/** The number that COCO or Flickr gave a photograph, by the name of its file: 'COCO 42'. */
export function photographNumber(name: string): string | undefined {
  const stem = stemOf(name);
  const coco = COCO_NAME.exec(stem);
  if (coco) return `COCO ${Number(coco[1] ?? coco[2])}`;
  const flickr = FLICKR_NAME.exec(stem);
  return flickr ? `Flickr ${flickr[1]}` : undefined;
}

/**
 * All names that the files of a photograph may have, without folders: the first is the same whatever name is given. Of an
 * image without a number it is its own name alone. The part that only Flickr gives cannot be told from the number.
 */
export function namesOfPhotograph(name: string): string[] {
  const own = name.split(/[\\/]/).pop()!;
  const [source, digits] = photographNumber(name)?.split(' ') ?? [];
  if (source === undefined) return [own];
  const number = source === 'COCO' ? digits.padStart(12, '0') : digits;
  const prefixes = source === 'COCO' ? ['', ...COCO_2014.map((split) => `COCO_${split}2014_`)] : [''];
  const flickr = source === 'Flickr' ? [stemOf(name).replace(/_[a-z]$/, '')] : [];
  const stems = [...prefixes.map((prefix) => `${prefix}${number}`), ...flickr];
  return [...new Set([...stems.map((stem) => `${stem}.jpg`), own])];
}

/** Finds the number of a photograph among others: a plain number is Flickr's where one of them says so. */
export function photographNumbers(names: readonly string[]): (name: string) => string | undefined {
  const known = new Set(names.map(photographNumber));
  return (name) => {
    const flickr = `Flickr ${stemOf(name)}`;
    return (
      photographNumber(name) ?? (PLAIN_NUMBER.test(stemOf(name)) && known.has(flickr) ? flickr : undefined)
    );
  };
}

/**
 * Finds images by names as lists have them: exactly, by their plain names, or by another name of the same photograph.
 * @param ids of all images
 */
export function imageFinder(ids: readonly string[]): (name: string) => string | undefined {
  const known = new Set(ids);
  const byPlainName = uniqueBy(ids, plainName);
  const byNumber = uniqueBy(ids, photographNumber);
  return (name) =>
    known.has(name) ? name : (byPlainName.get(plainName(name)) ?? byNumber.get(photographNumber(name) ?? ''));
}

/** Names by a key, where no other name has the same. */
function uniqueBy(
  names: readonly string[],
  keyOf: (name: string) => string | undefined,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const ambiguous = new Set<string>();
  for (const name of names) {
    const key = keyOf(name);
    if (key === undefined) continue;
    if (found.has(key)) ambiguous.add(key);
    found.set(key, name);
  }
  for (const key of ambiguous) found.delete(key);
  return found;
}

/**
 * Leaves each photograph in once: the one of a split that is evaluated, or else the first. Photographs are the same by
 * their number in COCO or Flickr, or by their file. Two different files of one name both stay, the second under a
 * name with its folder.
 */
export function onePhotographEach(images: readonly CaptionedImage[]): {
  images: CaptionedImage[];
  problems: Problem[];
} {
  const numberOf = photographNumbers(images.map(({ id }) => id));
  const copies = new Map<string, CaptionedImage[]>();
  const byId = new Map<string, CaptionedImage>();
  for (const image of images) {
    const first = byId.get(image.id);
    if (!first) byId.set(image.id, image);
    const isCopy = first !== undefined && sameContent(first.file, image.file);
    const key = numberOf(image.id) ?? (isCopy ? first.file : image.file);
    copies.set(key, [...(copies.get(key) ?? []), image]);
  }
  const kept: CaptionedImage[] = [];
  const problems: Problem[] = [];
  const taken = new Set<string>();
  for (const same of copies.values()) {
    const best = [...same].sort((a, b) => rankOf(a) - rankOf(b))[0];
    const id = taken.has(best.id) ? `${basename(dirname(best.file))}/${best.id}` : best.id;
    taken.add(id);
    kept.push({ ...best, id });
    for (const other of same)
      if (other !== best) problems.push({ where: other.id, what: `the same photograph as ${placeOf(best)}` });
  }
  return { images: kept, problems };
}

/** Where it is kept: an image that is evaluated is not trained on. */
function rankOf({ split }: CaptionedImage): number {
  return split === 'test' ? 0 : split === 'validation' ? 1 : 2;
}

function placeOf({ id, file, split }: CaptionedImage): string {
  return `${id} (${file}${split ? `, ${split}` : ''})`;
}

function sameContent(one: string, other: string): boolean {
  if (one === other) return true;
  return statSync(one).size === statSync(other).size && readFileSync(one).equals(readFileSync(other));
}
