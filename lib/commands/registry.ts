import type { CommandDefinition } from './support/command';

/** All commands, in the order of their list; a line for each. A command's file is imported when it is needed. */
const commands = new Map<string, () => Promise<{ command: CommandDefinition }>>([
  ['preprocess', () => import('./preprocess')],
  ['train', () => import('./train')],
  ['evaluate', () => import('./evaluate')],
  ['caption', () => import('./caption')],
  ['score', () => import('./score')],
  ['tune', () => import('./tune')],
  ['models', () => import('./models')],
  ['reproduce', () => import('./reproduce')],
]);

/**
 * Adds a command.
 * @returns a function that removes it again
 * @throws Error where the name is taken
 */
export function registerCommand(command: CommandDefinition): () => void {
  if (commands.has(command.name))
    throw new Error(`The command "${command.name}" is registered already: choose another name.`);

  commands.set(command.name, () => Promise.resolve({ command }));
  return () => void commands.delete(command.name);
}

export function commandNames(): string[] {
  return [...commands.keys()];
}

/** The command of a name; undefined where there is none. */
export async function loadCommand(name: string): Promise<CommandDefinition | undefined> {
  return (await commands.get(name)?.())?.command;
}
