/** A value that is kept alive until it is released. */
export interface Lease<T> {
  readonly value: T;
  release(): void;
}

/** A value of the cache and how many callers hold it. */
class Entry<T> {
  private value?: T;
  private users = 0;
  private isDropped = false;

  constructor(
    readonly version: readonly unknown[],
    private readonly made: Promise<T>,
    private readonly dispose: (value: T) => void,
  ) {}

  async lease(): Promise<Lease<T>> {
    this.users++;
    const value = await this.made;
    this.value = value;
    return {
      value,
      release: () => {
        this.users--;
        this.disposeUnused();
      },
    };
  }

  drop(): void {
    this.isDropped = true;
    this.disposeUnused();
  }

  private disposeUnused(): void {
    if (this.isDropped && this.users === 0) this.dispose(this.value as T);
  }
}

/**
 * Values by key that several callers use at the same time. A value whose version has changed is made again; the old one
 * is disposed as soon as nobody uses it.
 */
export class SharedCache<T> {
  private readonly entries = new Map<string, Entry<T>>();

  constructor(private readonly dispose: (value: T) => void) {}

  /**
   * The value of a key, made where there is none of this version.
   * @param version compared part by part, by identity
   * @throws what `make` throws; the next call tries again
   */
  async acquire(key: string, version: readonly unknown[], make: () => T | Promise<T>): Promise<Lease<T>> {
    const known = this.entries.get(key);
    const isCurrent = known?.version.every((part, i) => part === version[i]) ?? false;
    const entry = known && isCurrent ? known : new Entry(version, Promise.resolve().then(make), this.dispose);
    if (entry !== known) known?.drop();
    this.entries.set(key, entry);
    try {
      return await entry.lease();
    } catch (error) {
      if (this.entries.get(key) === entry) this.entries.delete(key);
      throw error;
    }
  }

  /** Forgets all values. Those in use are disposed when they are released, the others at once. */
  clear(): void {
    for (const entry of this.entries.values()) entry.drop();
    this.entries.clear();
  }
}
