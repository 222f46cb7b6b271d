/** The transaction lost a race that it would win, or lose for a clear reason, when run again. */
export class LostRace extends Error {}
