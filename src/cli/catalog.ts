import 'reflect-metadata';
import { Command } from 'commander';
import { loadDotEnv } from '../config.js';
import { tellProblem } from '../tell-problem.js';

/** A command is loaded when it is the one that is asked for: the others' parts would take longer than its work. */
const COMMANDS: Record<string, () => Promise<Command>> = {
  migrate: async () => (await import('./migrate.command.js')).migrateCommand,
  import: async () => (await import('./import.command.js')).importCommand,
  export: async () => (await import('./export.command.js')).exportCommand,
  events: async () => (await import('./events.command.js')).eventsCommand,
  check: async () => (await import('./check.command.js')).checkCommand,
  user: async () => (await import('./user.command.js')).userCommand,
  operations: async () => (await import('./operations.command.js')).operationsCommand,
  doctor: async () => (await import('./doctor.command.js')).doctorCommand,
  notices: async () => (await import('./notices.command.js')).noticesCommand,
  webhook: async () => (await import('./webhook.command.js')).webhookCommand,
  demo: async () => (await import('./demo.command.js')).demoCommand,
};

/** The `catalog` command: everything about the catalogue that is done in a terminal. */
export async function runCatalog(): Promise<void> {
  // Who reads the output may have read enough, as `head` does: no fault of anybody's.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  try {
    loadDotEnv();
    const program = await createProgram(process.argv[2]);
    await program.parseAsync();
  } catch (error) {
    report(error);
  }
}

/** With the command of a name; with all of them where there is none, as for `--help`. */
async function createProgram(name = ''): Promise<Command> {
  const program = new Command('catalog')
    .description('Migrates, imports, exports and shows the product catalogue that DATABASE_URL names.')
    .showHelpAfterError();
  const named = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  for (const load of named ? [named] : Object.values(COMMANDS)) program.addCommand(await load());
  return program;
}

function report(error: unknown): void {
  // Ctrl+C at a question.
  if (error instanceof Error && error.name === 'ExitPromptError') process.exit(130);
  tellProblem(error);
}
