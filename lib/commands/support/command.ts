import type { Command } from 'commander';
import { UserError } from '../../errors';
import { commandLine, parseArguments } from './command-line';
import { withFlags } from './flag-names';

/** A command of the terminal, `npm run <name>`. To add one: define it in a file and add a line to registry.ts. */
export interface CommandDefinition {
  readonly name: string;
  /** one sentence: in the list of commands, and at the head of its help */
  readonly summary: string;
  /** further sentences for its help */
  readonly details?: string;
  /** Adds arguments and options; `addFlags` adds those of lib/config. */
  addOptions(command: Command): void;
  /**
   * Does the work.
   * @param command with the parsed arguments (`command.args`) and options (`command.opts()`)
   * @throws UserError whose sentence is printed; the exit status is 1 then
   */
  run(command: Command): Promise<void>;
}

/** The function that parses the arguments of a command and runs it. */
export function mainOf(definition: CommandDefinition): (argv: string[]) => Promise<void> {
  const { name, summary, details } = definition;
  return async (argv) => {
    const command = commandLine(`npm run ${name} --`, details ? `${summary} ${details}` : summary);
    definition.addOptions(command);
    try {
      await definition.run(parseArguments(command, argv));
    } catch (error) {
      if (error instanceof UserError) error.message = withFlags(error.message);
      throw error;
    }
  };
}
