import { createHash } from 'node:crypto';
import path from 'node:path';
import { captionerOf, configure, valuesOf } from '../config/configuration';
import {
  namedValues,
  optionGroups,
  overridesOf,
  type Group,
  type NamedOption,
  type NamedValues,
} from '../config/named-options';
import type { Configuration, Overrides } from '../config/types';
import { hasEffect, unusedOptions } from '../config/unused-options';
import { UserError } from '../errors';
import { Random } from '../random';
import { checkTried, draw, isRange, optionNamed, type SearchSpace, type Tried } from './search-space';

/** One configuration to train. */
export interface Trial {
  /** hash of the configuration, and name of the trial's folder */
  id: string;
  /** the hyperparameters that are tried, without those that have no effect in this trial */
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
 * @throws UserError that names the option that is not there, is out of its range or has no effect in any trial
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
  const idle = tried.map(([name]) => name).find((name) => made.every(({ values }) => !(name in values)));
  refuseIdle(idle ?? idleInAll(base, made));
  return made;
}

/** An option of the base that has no effect in any trial. */
function idleInAll(base: Overrides, trials: readonly Trial[]): string | undefined {
  const unused = trials.map(({ values }) => unusedIn(putTogether(base, values)).map(({ name }) => name));
  return unused[0].find((name) => unused.every((names) => names.includes(name)));
}

function refuseIdle(name: string | undefined): void {
  const condition = name === undefined ? undefined : optionNamed(name).condition;
  if (!condition) return;
  const { option, values } = condition;
  const remedy = values.length > 0 ? `it counts with ${option} ${values.join(' or ')}` : `give ${option} too`;
  throw new UserError(`The option ${name} has no effect in any trial: ${remedy}.`);
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
  const { seed } = configure({ preset: base.preset, training: { seed: base.training?.seed } }).training;
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
  const all = valuesOf(putTogether(base, tried));
  const effective = Object.entries(tried).filter(([name]) => hasEffect(optionNamed(name), all));
  const values = Object.fromEntries(effective);
  const configuration = configure(withoutUnused(putTogether(base, values)));
  const id = hashOf(configuration);
  return { id, values, configuration: { ...configuration, model: path.join(folder, id) } };
}

/** The base with the hyperparameters of a trial. */
function putTogether(base: Overrides, tried: NamedValues): Overrides {
  const own = overridesOf(tried);
  return {
    ...base,
    data: { ...base.data, ...own.data },
    encoder: { ...base.encoder, ...own.encoder },
    captioner: { ...captionerOf(base), ...captionerOf(own) },
    training: { ...base.training, ...own.training },
    decoding: { ...base.decoding, ...own.decoding },
  };
}

/** The names of the options given that have no effect, such as sizes of another captioner. */
const unusedIn = (given: Overrides): NamedOption[] =>
  unusedOptions(namedValues(given as Record<string, object>), valuesOf(given));

function withoutUnused(given: Overrides): Overrides {
  const places = unusedIn(given).flatMap((option) => option.places);
  const isUsed = (group: Group, name: string) =>
    !places.some((place) => place.group === group && place.option === name);
  const used = optionGroups.map((group) => {
    const options = Object.entries(given[group] ?? {}).filter(([name]) => isUsed(group, name));
    return [group, Object.fromEntries(options)] as const;
  });
  return { ...given, ...Object.fromEntries(used) };
}

/** The folder is not part of a trial's identity. */
function hashOf(configuration: Configuration): string {
  const text = JSON.stringify({ ...configuration, model: '' });
  return createHash('sha256').update(text).digest('hex').slice(0, 10);
}
