/** Why a migration, or a command about migrations, did not happen, and what to do. Nothing has been changed by it. */
export class MigrationError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    // It is for who runs a command; the `mikro-orm` command would print where in the code it came from.
    this.stack = message;
  }
}
