/** Why an import or an export can't go on; the message is for the person who started it. */
export class TransferError extends Error {}

/** Why the rest of a source can't be read, and on which line. */
export class SourceError extends TransferError {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}
