/** What a check is given. */
export interface CheckOptions {
  /** Whether what is wrong is written anew. */
  repairs: boolean;
  /** Tells of something that is not what it is derived from. */
  onWrong: (message: string) => void;
  /** How many rows of how many have been looked at. */
  onProgress?: (done: number, total: number) => void;
}

/** How much was found wrong, and how much of it still is. */
export interface CheckOutcome {
  found: number;
  left: number;
}
