import { createHash } from 'node:crypto';

/**
 * All that the result of a training depends on, by the names that its user knows: options, and of data a short hash.
 * Of an older model some may be missing.
 */
export type TrainingIdentity = Readonly<Record<string, unknown>>;

/** How one training relates to another. */
export interface TrainingComparison {
  /**
   * `same`: it gives the same model; `continued`: it goes on from the other one's end, as with more epochs; `another`:
   * it gives another model
   */
  kind: 'same' | 'continued' | 'another';
  /** what differs, with both values: "learningRate (0.0008, now 0.001)" */
  changes: string[];
}

/** Options of which a training may have more than before: it goes on where it ended. For minutes, 0 is no limit. */
const EXTENDABLE = ['epochs', 'maxMinutes', 'patience', 'scstEpochs'];

/** Compares a training that is asked for with one that was run. What is not known of the old one is not compared. */
export function compareTrainings(before: TrainingIdentity, now: TrainingIdentity): TrainingComparison {
  const names = Object.keys({ ...before, ...now }).filter(
    (name) => name in before && text(before[name]) !== text(now[name]),
  );
  const counted = names.filter((name) => !isIdle(name, before, now));
  const kind =
    counted.length === 0
      ? 'same'
      : counted.every((name) => isExtension(name, before, now))
        ? 'continued'
        : 'another';
  return { kind, changes: counted.map((name) => describeChange(name, before, now)) };
}

/**
 * The name of a training's checkpoints: the same for all trainings that continue one another. Each kind of training of a
 * folder has checkpoints of its own.
 */
export function checkpointsName(identity: TrainingIdentity): string {
  const fixed = Object.entries(identity).filter(([name]) => !EXTENDABLE.includes(name) && !isOfCider(name));
  return shortHash(fixed);
}

/** Before a hash in an identity: nobody wants to read its value. */
const HASH_MARK = '#';

/** What stands in an identity for data that is too long for it. */
export function hashed(value: unknown): string {
  return HASH_MARK + shortHash(value);
}

/** The first 12 hexadecimal digits of the SHA-256 of a value's JSON. */
export function shortHash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12);
}

/** Options of CIDEr optimization have no effect where there is none, before and now. */
function isIdle(name: string, before: TrainingIdentity, now: TrainingIdentity): boolean {
  return isOfCider(name) && !before['scstEpochs'] && !now['scstEpochs'];
}

function isExtension(name: string, before: TrainingIdentity, now: TrainingIdentity): boolean {
  if (isOfCider(name) && !before['scstEpochs']) return true; // a stage is added
  if (name === 'scstEpochs') return Number(now[name]) > Number(before[name]);
  if (!EXTENDABLE.includes(name) || before['scstEpochs']) return false; // CIDEr optimization began where the first stage ended
  if (Number(before['averageCheckpoints'] ?? 1) > 1) return false; // the weights of its best epochs are gone
  const limit = (value: unknown) => (name === 'maxMinutes' && value === 0 ? Infinity : Number(value));
  return limit(now[name]) > limit(before[name]);
}

const isOfCider = (name: string) => name.startsWith('scst');

const text = (value: unknown): string => JSON.stringify(value) ?? '';

function describeChange(name: string, before: TrainingIdentity, now: TrainingIdentity): string {
  if ([before[name], now[name]].some((value) => typeof value === 'string' && value.startsWith(HASH_MARK)))
    return name;
  const value = (of: unknown) =>
    of === undefined || of === '' ? 'none' : typeof of === 'string' ? of : text(of);
  return `${name} (${value(before[name])}, now ${value(now[name])})`;
}
