import fs from 'node:fs';

type Failing =
  'readFileSync' | 'writeFileSync' | 'statSync' | 'openSync' | 'mkdirSync' | 'readdirSync' | 'writeSync';

/**
 * Lets a function of Node's file system fail as the operating system would, also for root, whom no permission stops.
 * @param fails whether a call with this first argument fails
 * @param code such as 'EACCES'
 * @returns lets it work again
 */
export function failingFs(name: Failing, fails: (path: unknown) => boolean, code: string): () => void {
  const target = fs as unknown as Record<Failing, (...args: unknown[]) => unknown>;
  const original = target[name];
  target[name] = (...args) => {
    if (!fails(args[0])) return original.apply(fs, args);
    const path = typeof args[0] === 'string' ? args[0] : undefined;
    throw Object.assign(new Error(`${code}: ${name} '${path}'`), { code, path, syscall: name });
  };
  return () => void (target[name] = original);
}
