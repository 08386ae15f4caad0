import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/*
 * American spelling in code, comments, messages, notebooks and documents.
 */

/** Where it is looked for, relative to the project; folders with all that is in them. */
const PLACES = ['lib', 'bench', 'test', 'scripts', 'notebooks', 'docs', 'models/flickr8k-coco'];
const FILES = /\.(ts|mjs|cjs|py|md|ipynb|cc)$/;

/** What is neither ours nor of today: pages that typedoc writes, and this list itself. */
const EXCEPT = ['docs/api/', 'scripts/checks/spelling.mjs'];

const OUR = 'arm|behavi|col|endeav|fav|flav|harb|hon|hum|lab|neighb|od|rum|sav|vap|vig';
const ISE =
  'author|capital|categor|character|custom|emphas|factor|final|general|initial|linear|local|maxim|memor|minim|modern|' +
  'normal|optim|organ|parallel|penal|priorit|quant|random|real|recogn|regular|serial|special|stabil|standard|summar|' +
  'symbol|synchron|token|util|vector|visual';
const DOUBLED = 'cancel|channel|label|level|model|pencil|signal|total|travel';
/** Names of other people's, which the check passes over. */
const NAMES = /grey16/g;
const WORDS = [
  ...[
    'artefact',
    'catalogue',
    'centre',
    'defence',
    'fibre',
    'grey(?!hound)',
    'judgement',
    'licence',
    'litre',
  ],
  ...[
    'learnt',
    'manoeuvre',
    'mould',
    'offence',
    'practise',
    'programme(?!d|r)',
    'spelt',
    'storeys?$',
    'theatre',
  ],
  ...['tyres?$', 'whilst', 'amongst', 'analys(?:e|ed|er|ing)$', '(?:kilo|centi|milli)metre'],
];

const BRITISH = new RegExp(
  [
    `(?:${OUR})our(?!ier|ge)`,
    `(?:${ISE})is(?:e|ed|er|ers|es|ing|ation|ations|able)$`,
    `(?:${DOUBLED})l(?:ed|er|ers|ing)$`,
    ...WORDS,
  ].join('|'),
  'i',
);

/**
 * The words of a text that are spelled as in Britain, with their lines. Identifiers are taken apart:
 * `neighbourOf` is found as well as `Neighbour`.
 * @param {string} text
 * @returns {{ line: number, word: string }[]}
 */
export function britishWords(text) {
  return text.split('\n').flatMap((content, i) =>
    [...content.replace(NAMES, '').matchAll(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g)]
      .map(([word]) => word)
      .filter((word) => BRITISH.test(word))
      .map((word) => ({ line: i + 1, word })),
  );
}

/**
 * What people wrote in a file: of a notebook its cells, without their outputs.
 * @param {string} file
 */
function textOf(file) {
  const text = readFileSync(file, 'utf8');
  if (!file.endsWith('.ipynb')) return text;
  /** @type {{ cells: { source: string | string[] }[] }} */
  const { cells } = JSON.parse(text);
  return cells.map(({ source }) => [source].flat().join('')).join('\n');
}

/**
 * Looks through the files of the project.
 * @param {import('../setup/paths.mjs').Paths} paths
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export function checkSpelling({ root }) {
  const inside = PLACES.flatMap((place) =>
    readdirSync(join(root, place), { recursive: true, encoding: 'utf8' }).map((name) => join(place, name)),
  );
  const files = [...readdirSync(root), ...inside].filter(
    (file) => FILES.test(file) && !EXCEPT.some((start) => file.startsWith(start)),
  );
  const found = files.flatMap((file) =>
    britishWords(textOf(join(root, file))).map(
      ({ line, word }) => `${file}:${line}: "${word}" is spelled as in Britain`,
    ),
  );
  return Promise.resolve({ ok: found.length === 0, output: found.join('\n') });
}
