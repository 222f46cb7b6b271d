/** Lets one at a time have something, in the order of asking. */
export class Turns {
  private isBegun = false;
  private readonly waiting: (() => void)[] = [];

  /** Whether somebody has it. */
  get isTaken(): boolean {
    return this.isBegun;
  }

  /** Resolves when it is the caller's turn, which lasts until {@link end}. */
  async take(): Promise<void> {
    if (this.isBegun) return new Promise((resolve) => void this.waiting.push(resolve));
    this.isBegun = true;
  }

  /** Ends a turn, once: the next one's begins. */
  end(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.isBegun = false;
  }
}
