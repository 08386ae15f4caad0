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
