/** Below every rating. */
const UNRATED = -1;

/** The rating that lists are sorted by: what has none comes below 0, on both databases alike. */
export const ratingKeyOf = ({ rating }: { rating?: number | null }): number => rating ?? UNRATED;
