import fs from 'node:fs';
import path from 'node:path';
import type { Configuration } from '../config/types';
import { UserError } from '../errors';
import { folderHolder, heldSentence, lockFolder, type FolderLock } from '../files/folder-lock';
import type { ModelRecord } from '../model/format';
import { savedRecord, shippedClause } from '../model/saved-model';
import type { TrainingRecord } from '../training/record';
import {
  checkpointsName,
  compareTrainings,
  shortHash,
  type TrainingIdentity,
} from '../training/same-training';
import { CHECKPOINTS, optionsIdentity } from './training-task';

/*
 * Which folder a training writes to: a trained model is never replaced unless that is asked for.
 */

/**
 * What a training does whose folder holds another model: it ends with an error, takes a folder of its own beside, or
 * replaces the model.
 */
export type IfAnother = 'refuse' | 'own folder' | 'overwrite';

/** A model's folder that a training may write to. */
export interface ModelFolder {
  folder: string;
  lock: FolderLock;
  /** a sentence on what is done with what it held before, where that is not plain */
  note?: string;
  /** the model, where the training had ended and no checkpoint is left: there is nothing to do */
  finished?: ModelRecord;
  /** names of checkpoints from which this training would go on although it asks for less than what they hold */
  outdated?: readonly string[];
}

/** What a folder means for a training. */
type Plan = Pick<ModelFolder, 'note' | 'finished' | 'outdated'> & {
  /** why the training must not write there: a clause */
  refused?: string;
};

/**
 * Takes the folder for a training, or one beside it.
 * @throws UserError that says what the folder holds and what can be done, and where another process trains there
 */
export async function takeModelFolder(
  wanted: string,
  identity: TrainingIdentity,
  ifAnother: IfAnother,
): Promise<ModelFolder> {
  const reasons: string[] = [];
  for (const folder of ifAnother === 'own folder' ? candidates(wanted, identity) : [wanted]) {
    const before = planFor(folder, identity, ifAnother);
    if (before.refused === undefined) {
      const lock = await lockFolder(folder, 'a training');
      const plan = planFor(folder, identity, ifAnother); // another training may have ended meanwhile
      if (plan.refused === undefined) {
        const aside =
          reasons.length > 0 ? `${wanted} ${reasons[0]}: this one is kept in ${folder}.` : undefined;
        const note = [aside, plan.note].filter(Boolean).join(' ');
        return { ...plan, folder, lock, ...(note ? { note } : {}) };
      }
      lock.release();
      reasons.push(plan.refused);
    } else {
      reasons.push(before.refused);
    }
  }
  throw refusal(wanted, reasons[0]);
}

/**
 * Refuses a training as soon as its options tell that it would be refused, before its data is prepared, which may take
 * hours.
 * @throws UserError as `takeModelFolder` does
 */
export function refuseEarly(configuration: Configuration, ifAnother: IfAnother): void {
  const { model: folder } = configuration;
  const holder = folderHolder(folder);
  if (holder && holder.pid !== process.pid) throw new UserError(heldSentence(folder, holder));
  const record = savedRecord(folder);
  if (record === undefined || record === 'unreadable' || ifAnother === 'own folder') return;
  if (record.shipped) throw refusal(folder, SHIPPED);
  if (ifAnother === 'overwrite' || record.weights.dropped !== undefined) return;
  const now = optionsIdentity(configuration);
  const before = Object.fromEntries(Object.entries(identityOfModel(record)).filter(([name]) => name in now));
  const { kind, changes } = compareTrainings(before, now);
  if (kind === 'another') throw refusal(folder, `holds another model: ${describeChanges(changes)}`);
}

function refusal(folder: string, reason: string): UserError {
  const replace = reason === SHIPPED ? '' : ', or replace that model with --overwrite';
  return new UserError(`${folder} ${reason}: name another folder with --model${replace}.`);
}

/** The folder, and those beside it: one for all trainings that continue one another, one for this very training. */
function candidates(wanted: string, identity: TrainingIdentity): string[] {
  const beside = (hash: string) => `${wanted}-${String(identity['captioner'])}-${hash.slice(0, 6)}`;
  return [wanted, beside(checkpointsName(identity)), beside(shortHash(identity))];
}

function planFor(folder: string, identity: TrainingIdentity, ifAnother: IfAnother): Plan {
  const record = savedRecord(folder);
  if (record === undefined) return {};
  if (record === 'unreadable')
    return replacing('holds a model that cannot be read', ifAnother, 'the old one could not be read');
  if (record.shipped) return { refused: SHIPPED };
  if (record.weights.dropped !== undefined) return {};
  const { kind, changes } = compareTrainings(identityOfModel(record), identity);
  const what = describeChanges(changes);
  if (kind === 'another') {
    const { how, outdated } = earlierCheckpoints(folder, record, identity, changes);
    const because = `other options are asked for: ${what}`;
    const plan = replacing(`holds another model: ${what}`, ifAnother, because, how);
    return { ...plan, ...(outdated ? { outdated } : {}) };
  }
  const course = record.training['record'] as TrainingRecord | undefined;
  if (hasCheckpoint(folder, identity)) {
    if (kind === 'same') return {};
    return { note: `Going on after epoch ${course?.epochs.length ?? 0} in ${folder}: ${what}.` };
  }
  if (kind === 'same' && course?.ended) return { finished: record };
  return replacing(
    'holds this model, but no checkpoint to go on from',
    ifAnother,
    'its checkpoints are gone',
  );
}

const hasCheckpoint = (folder: string, identity: TrainingIdentity): boolean =>
  fs.existsSync(path.join(folder, CHECKPOINTS, checkpointsName(identity), 'last.safetensors'));

/**
 * What a training that replaces another model finds of checkpoints of its own name. Those of the old model hold more epochs than
 * are asked for, or other CIDEr optimization; others are of a run that was stopped, and it goes on.
 * @returns how the training begins, where not anew, and the checkpoints that go
 */
function earlierCheckpoints(
  folder: string,
  record: ModelRecord,
  identity: TrainingIdentity,
  changes: readonly string[],
): { how?: string; outdated?: readonly string[] } {
  if (!hasCheckpoint(folder, identity)) return {};
  const name = checkpointsName(identity);
  const ofCider = `${name}-cider`;
  if (checkpointsName(identityOfModel(record)) !== name)
    return { how: 'Going on from the checkpoints of this training' };
  if (changes.every((change) => change.startsWith('scst')))
    return { how: 'CIDEr optimization starts anew', outdated: [ofCider] };
  return { outdated: [name, ofCider] };
}

const SHIPPED = shippedClause('replaced');

/** A plan for a folder with a model that the training would replace. */
function replacing(refused: string, ifAnother: IfAnother, because: string, how = 'Starting anew'): Plan {
  return ifAnother === 'overwrite'
    ? { note: `${how}; the old model will be replaced, since ${because}.` }
    : { refused };
}

/** Differences named in a message at most. */
const MOST_CHANGES = 4;

function describeChanges(changes: readonly string[]): string {
  const others = changes.length - MOST_CHANGES;
  return `${changes.slice(0, MOST_CHANGES).join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}

/** What a saved model was trained with; of one that does not say, what its record tells. */
function identityOfModel({ captioner, encoder, training }: ModelRecord): TrainingIdentity {
  const known = training['identity'] as TrainingIdentity | undefined;
  if (known) return known;
  const { name, ...sizes } = captioner;
  const options = Object.entries((training['options'] ?? {}) as Record<string, unknown>);
  return {
    captioner: name,
    ...sizes,
    ...Object.fromEntries(
      options.filter(([option]) => !['wordVectors', 'encoderLearningRate'].includes(option)),
    ),
    encoder: encoder.name,
    endPoint: encoder.fineTunedTo ?? encoder.endPoint,
    fineTuneFrom: encoder.fineTunedTo === undefined ? '' : encoder.endPoint,
    encoderWeights: `#${encoder.weightsHash.slice(0, 12)}`,
    ...(training['precision'] ? { precision: training['precision'] } : {}),
  };
}
