import { z } from 'zod';

/**
 * A schema for a name of an open registry: values, help and errors follow the registry, also after more was registered.
 * @param names the names at this moment
 * @param joint what may stand between several names, where several may be given
 */
export const registeredName = (names: () => readonly string[], joint?: string) =>
  z
    .string()
    .refine((name) => (joint ? name.split(joint) : [name]).every((one) => names().includes(one)))
    .meta({
      get enum() {
        return names();
      },
    });
