/** What a command printed. */
export interface Printed {
  out: string;
  err: string;
}

/**
 * Runs a command in this process and catches what it prints.
 * @param onError called with each piece that is written to standard error, while the command runs
 */
export async function runCommand(
  main: (argv: string[]) => Promise<void>,
  argv: string[],
  onError: (text: string) => void = () => {},
): Promise<Printed> {
  const printed: Printed = { out: '', err: '' };
  const { log, error } = console;
  const writeOut = process.stdout.write.bind(process.stdout);
  const writeError = process.stderr.write.bind(process.stderr);
  const catchError = (text: string) => {
    printed.err += text;
    onError(text);
    return true;
  };
  console.log = (text: string) => void (printed.out += `${text}\n`);
  console.error = (text: string) => void catchError(`${text}\n`);
  process.stdout.write = (text: string | Uint8Array) => Boolean((printed.out += text.toString()));
  process.stderr.write = (text: string | Uint8Array) => catchError(text.toString());
  try {
    await main(argv);
  } finally {
    Object.assign(console, { log, error });
    process.stdout.write = writeOut;
    process.stderr.write = writeError;
  }
  return printed;
}
