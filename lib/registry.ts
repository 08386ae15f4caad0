import { UserError } from './errors';

/** Definitions by name, in the order in which they were registered: those of the project, and any added at run time. */
export class Registry<T extends { readonly name: string }> {
  private readonly definitions = new Map<string, T>();

  /** @param kind what is registered, in the words of an error: "metric" */
  constructor(
    private readonly kind: string,
    definitions: readonly T[],
  ) {
    definitions.forEach((definition) => this.register(definition));
  }

  names(): string[] {
    return [...this.definitions.keys()];
  }

  all(): T[] {
    return [...this.definitions.values()];
  }

  /** @throws UserError that lists the registered names where this is none of them */
  get(name: string): T {
    const definition = this.definitions.get(name);
    if (definition === undefined)
      throw new UserError(`Unknown ${this.kind} "${name}": expected one of ${this.names().join(', ')}.`);

    return definition;
  }

  /**
   * Adds a definition.
   * @returns a function that removes it again
   * @throws Error where the name is taken
   */
  register(definition: T): () => void {
    const { name } = definition;
    if (this.definitions.has(name))
      throw new Error(`The ${this.kind} "${name}" is registered already: choose another name.`);

    this.definitions.set(name, definition);
    return () => void this.definitions.delete(name);
  }
}
