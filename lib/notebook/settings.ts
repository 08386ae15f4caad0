import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../files';
import { readText } from '../text-file';
import type { DataOptions } from '../data/options';
import type { EncoderOptions } from '../vision/options';

/** The settings that notebook 01 makes and the others take over. */
export interface DataSettings {
  data?: Partial<DataOptions>;
  encoder?: Partial<EncoderOptions>;
}

const settingsSchema = z.object({
  data: z.record(z.string(), z.unknown()).optional(),
  encoder: z.record(z.string(), z.unknown()).optional(),
});

/** The folder of what a run of the notebooks leaves, beside models and feature caches. */
export const runFolder = (): string => process.env['RUN_DIR'] ?? path.join('data', 'run');

const settingsFile = () => path.join(runFolder(), 'settings.json');

/** Keeps the settings of the data for the notebooks that follow. */
export function saveDataSettings(settings: DataSettings): void {
  writeAtomically(settingsFile(), `${JSON.stringify(settings, null, 2)}\n`);
}

/** The settings that notebook 01 made last; none before, so that each notebook also runs alone. */
export function savedDataSettings(): DataSettings {
  if (!fs.existsSync(settingsFile())) return {};
  const parsed = settingsSchema.safeParse(JSON.parse(readText(settingsFile(), 'settings')));
  return parsed.success ? parsed.data : {};
}
