/** What the other side answered, for the log of deliveries. */
export interface ReceivedAnswer {
  /** The HTTP status; undefined where there was no answer. */
  readonly status?: number;
  readonly durationMs: number;
  /** How its body begins. */
  readonly start?: string;
}

/** What became of one try. An error holds no secret: it is kept, and shown. */
export type Outcome =
  | { readonly kind: 'delivered'; readonly answer: ReceivedAnswer }
  | {
      /** Worth another try. */
      readonly kind: 'failed';
      readonly error: string;
      readonly answer: ReceivedAnswer;
      /** How long the other side wants to be left alone. */
      readonly retryAfterSeconds?: number;
    }
  | {
      /** Not worth another try: this message will never be taken. */
      readonly kind: 'refused';
      readonly error: string;
      readonly answer: ReceivedAnswer;
      /** Whether nothing else is wanted there either. */
      readonly isGone?: boolean;
    };

/** Why a try was ended from here: it took too long, or the service stops. */
export const abortedProblem = ({ reason }: AbortSignal): string =>
  reason instanceof Error && reason.name === 'TimeoutError' ? 'no answer in time' : 'interrupted';
