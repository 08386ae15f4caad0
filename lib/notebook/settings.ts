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
  model: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  encoder: z.record(z.string(), z.unknown()).optional(),
});

/** The folder of what a run of the notebooks leaves, beside models and feature caches. */
export const runFolder = (): string => process.env['RUN_DIR'] ?? path.join('data', 'run');

const settingsFile = () => path.join(runFolder(), 'settings.json');

/** Keeps the settings of the data for the notebooks that follow. */
export function saveDataSettings({ data, encoder }: DataSettings): void {
  const { model, ...before } = savedSettings();
  const isSame = JSON.stringify(before) === JSON.stringify({ data, encoder });
  writeSettings({ data, encoder, ...(isSame && model ? { model } : {}) });
}

/** The settings that notebook 01 made last; none before, so that each notebook also runs alone. */
export function savedDataSettings(): DataSettings {
  const { model: _, ...settings } = savedSettings();
  return settings;
}

/** Keeps the folder of the model that notebook 02 trained for the notebooks that follow. */
export function saveTrainedModel(folder: string): void {
  writeSettings({ ...savedSettings(), model: folder });
}

/** The model that notebook 02 trained last on the data of notebook 01; the usual one where it has not run. */
export function trainedModel(): { model?: string } {
  const { model } = savedSettings();
  return model === undefined ? {} : { model };
}

function savedSettings(): z.infer<typeof settingsSchema> {
  if (!fs.existsSync(settingsFile())) return {};
  const parsed = settingsSchema.safeParse(JSON.parse(readText(settingsFile(), 'settings')));
  return parsed.success ? parsed.data : {};
}

function writeSettings(settings: z.infer<typeof settingsSchema>): void {
  writeAtomically(settingsFile(), `${JSON.stringify(settings, null, 2)}\n`);
}
