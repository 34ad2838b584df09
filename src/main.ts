/** The entry: picks the command, and gives the process its exit code. */
import { type Command, exitCodes, openTerminal } from './cli/terminal.ts';

/** Loaded when called: a token needs no store, a server no seed. */
const commands: Readonly<Record<string, Command>> = {
  serve: async (args, terminal) => (await import('./cli/serve.ts')).serve(args, terminal),
  token: async (args, terminal) => (await import('./cli/token.ts')).token(args, terminal),
  seed: async (args) => (await import('./cli/seed.ts')).seed(args),
  validate: async (args, terminal) => (await import('./cli/validate.ts')).validate(args, terminal),
  reindex: async (args, terminal) => (await import('./cli/reindex.ts')).reindex(args, terminal),
  backup: async (args, terminal) => (await import('./cli/backup.ts')).backup(args, terminal),
};

const help = `Fascicolo, an HL7 FHIR R4 server for the Italian Fascicolo Sanitario Elettronico.

  npm run -s cli -- <command>

  serve      runs the server (the default; npm start)
  token      prints an access token
  seed       loads synthetic patients into the running server
  validate   checks files against FHIR R4 and the FSE profiles
  reindex    indexes what is stored by new search parameters
  backup     copies the embedded store while it serves

Each command explains itself: npm run -s cli -- <command> --help
`;

const terminal = openTerminal();

async function main(args: readonly string[]): Promise<number> {
  const [word = 'serve', ...rest] = args;
  if (word === '--help' || word === '-h' || word === 'help') {
    terminal.out(help);
    return exitCodes.done;
  }
  const command = Object.hasOwn(commands, word) ? commands[word] : undefined;
  if (command !== undefined) return command(rest, terminal);
  const { didYouMean } = await import('./search/suggest.ts');
  terminal.err(
    `Unknown command "${word}".${didYouMean(word, Object.keys(commands)).replaceAll("'", '"')} See npm run -s cli -- --help.\n`,
  );
  return exitCodes.wrongUse;
}

process.exitCode = await main(process.argv.slice(2));
