import { z } from 'zod';

/**
 * A schema for a name of an open registry: values, help and errors follow the registry, also after more was registered.
 * @param names the names at this moment
 */
export const registeredName = (names: () => readonly string[]) =>
  z
    .string()
    .refine((name) => names().includes(name))
    .meta({
      get enum() {
        return names();
      },
    });

/**
 * The same for one name or several.
 * @param names the names at this moment
 * @param joint what stands between several
 * @param alone names that stand for themselves only
 */
export const registeredNames = (names: () => readonly string[], joint: string, alone: readonly string[]) =>
  z
    .string()
    .refine((given) => alone.includes(given) || given.split(joint).every((name) => names().includes(name)))
    .meta({
      get enum() {
        return [...alone, ...names()];
      },
      joint,
    });
