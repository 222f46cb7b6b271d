/** Lets one at a time have something, in the order of asking. */
export class Turns {
  private isTaken = false;
  private readonly waiting: (() => void)[] = [];

  /** Resolves when it is the caller's turn, which lasts until {@link end}. */
  async take(): Promise<void> {
    if (this.isTaken) return new Promise((resolve) => void this.waiting.push(resolve));
    this.isTaken = true;
  }

  /** Ends a turn, once: the next one's begins. */
  end(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.isTaken = false;
  }
}
