import { createHash } from 'node:crypto';
import path from 'node:path';
import { captionerDefinition, type CaptionerName } from '../captioners/registry';
import { configure } from '../config/configuration';
import { overridesOf, type NamedValues } from '../config/named-options';
import type { CaptionerOverrides, Configuration, Overrides } from '../config/types';
import { UserError } from '../errors';
import { Random } from '../random';
import { checkTried, draw, isRange, optionNamed, type SearchSpace, type Tried } from './search-space';

/** One configuration to train. */
export interface Trial {
  /** hash of the configuration, and name of the trial's folder */
  id: string;
  /** the hyperparameters that are tried, without those that the trial's captioner has not */
  values: NamedValues;
  configuration: Configuration;
}

/** How the values of hyperparameters are put together. */
export interface Sampling {
  /** `grid`: all with all; `random`: `trials` draws (Bergstra & Bengio 2012) */
  method: 'grid' | 'random';
  /** how many random trials (default 10) */
  trials?: number;
}

/** Draws for each random trial at most; equal ones are discarded. */
const MAX_DRAWS = 100;

/**
 * The trials of a search. A random search with more trials begins with those of one with fewer; equal ones are tried
 * once.
 * @param base what all trials have in common; its `seed` of training is also that of the random search
 * @param folder each trial's model has its folder there
 * @throws UserError that names the option that is not there or out of its range
 */
export function makeTrials(
  base: Overrides,
  space: SearchSpace,
  { method, trials = 10 }: Sampling,
  folder: string,
): Trial[] {
  const tried = Object.entries(space);
  if (tried.length === 0) throw new UserError('Nothing to try: name at least one hyperparameter.');
  tried.forEach(([name, values]) => checkTried(name, values));
  const made = method === 'grid' ? grid(base, tried, folder) : random(base, tried, folder, trials);
  const idle = tried.find(([name]) => made.every(({ values }) => !(name in values)));
  if (idle) {
    throw new UserError(
      `None of the captioners that are tried has the option ${idle[0]}: leave it out, or try other captioners.`,
    );
  }
  return made;
}

type Tries = [name: string, tried: Tried][];

function grid(base: Overrides, tried: Tries, folder: string): Trial[] {
  let all: NamedValues[] = [{}];
  for (const [name, values] of tried) {
    if (isRange(values)) {
      throw new UserError(
        `A grid needs a list of values of ${name}, not a range: list them or search at random.`,
      );
    }

    all = all.flatMap((one) => values.map((value) => ({ ...one, [name]: value })));
  }
  const trials = all.map((values) => makeTrial(base, values, folder));
  return [...new Map(trials.map((trial) => [trial.id, trial])).values()];
}

function random(base: Overrides, tried: Tries, folder: string, count: number): Trial[] {
  const { seed } = configure(withoutSizes(base)).training;
  // Each hyperparameter has a generator of its own, so that adding another does not change its values.
  const generators = tried.map(([name]) => new Random(seed, 'tuning', name));
  const trials = new Map<string, Trial>();
  for (let i = 0; i < MAX_DRAWS * count && trials.size < count; i++) {
    const values = tried.map(([name, of], j) => [name, draw(name, of, generators[j])] as const);
    const trial = makeTrial(base, Object.fromEntries(values), folder);
    if (!trials.has(trial.id)) trials.set(trial.id, trial);
  }
  return [...trials.values()];
}

function makeTrial(base: Overrides, tried: NamedValues, folder: string): Trial {
  const given = overridesOf(tried);
  const kind = configure(withoutSizes({ ...base, captioner: { ...base.captioner, ...given.captioner } }))
    .captioner.name;
  const values = Object.fromEntries(Object.entries(tried).filter(([name]) => hasOption(kind, name)));
  const own = overridesOf(values);
  const configuration = configure({
    ...base,
    data: { ...base.data, ...own.data },
    encoder: { ...base.encoder, ...own.encoder },
    captioner: { ...('captioner' in tried ? sizesOf(kind, base) : base.captioner), ...own.captioner },
    training: { ...base.training, ...own.training },
    decoding: { ...base.decoding, ...own.decoding },
  });
  const id = hashOf(configuration);
  return { id, values, configuration: { ...configuration, model: path.join(folder, id) } };
}

const withoutSizes = (base: Overrides): Overrides => ({
  ...base,
  captioner: base.captioner?.name ? { name: base.captioner.name } : {},
});

/** The sizes that a kind of captioner has of those that are given for all that are tried. */
function sizesOf(kind: CaptionerName, { captioner = {} }: Overrides): CaptionerOverrides {
  return Object.fromEntries(
    Object.entries(captioner).filter(([option]) => option in captionerDefinition(kind).options.shape),
  );
}

function hasOption(kind: CaptionerName, name: string): boolean {
  return optionNamed(name).places.some(
    ({ group, option }) => group !== 'captioner' || option in captionerDefinition(kind).options.shape,
  );
}

/** The folder is not part of a trial's identity. */
function hashOf(configuration: Configuration): string {
  const text = JSON.stringify({ ...configuration, model: '' });
  return createHash('sha256').update(text).digest('hex').slice(0, 10);
}
