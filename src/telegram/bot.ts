import { Api, GrammyError, HttpError } from 'grammy';
import type { TelegramConfig } from '../config.js';
import { abortedProblem, type Outcome } from '../delivery/outcome.js';

/** What sends a text of Telegram's HTML to the configured chat. */
export type SendMessage = (html: string, signal: AbortSignal) => Promise<Outcome>;

/**
 * The Bot API. Its own retries are left out: each try is noted by the worker, whose patience outlives the process.
 *
 * The key stands in the address of each call. So no error of the library's leaves here: only its code, or what Telegram
 * answered, and that without the key.
 */
export function createBot({ apiKey, chatId, apiUrl }: TelegramConfig): SendMessage {
  const api = new Api(apiKey, { apiRoot: apiUrl });
  const withoutKey = (text: string) => text.replaceAll(apiKey, '…').slice(0, 300);
  return async (html, signal) => {
    const startedAt = performance.now();
    const answered = (status?: number) => ({ status, durationMs: Math.round(performance.now() - startedAt) });
    try {
      await api.sendMessage(
        chatId,
        html,
        { parse_mode: 'HTML', link_preview_options: { is_disabled: true } },
        // grammY's type is that of a polyfill.
        signal as Parameters<Api['sendMessage']>[3],
      );
      return { kind: 'delivered', answer: answered(200) };
    } catch (error) {
      if (error instanceof GrammyError) {
        const { error_code: status, description, parameters } = error;
        const failure = { error: withoutKey(`${status} ${description}`), answer: answered(status) };
        if (isRefused(error)) return { kind: 'refused', ...failure };
        return { kind: 'failed', retryAfterSeconds: parameters.retry_after, ...failure };
      }
      const problem = signal.aborted ? abortedProblem(signal) : networkProblem(error);
      return { kind: 'failed', error: withoutKey(problem), answer: answered() };
    }
  };
}

/** Whether it is the message that is wrong. A chat that is not there, or a wrong key, may be set right; so may an outage. */
const isRefused = ({ error_code: code, description }: GrammyError) =>
  (code === 400 || code === 413) && !/chat not found|upgraded to a supergroup|not enough rights/i.test(description);

function networkProblem(error: unknown): string {
  const cause: unknown = error instanceof HttpError ? error.error : error;
  if (!(cause instanceof Error)) return 'no answer';
  const { code, type } = cause as { code?: string; type?: string };
  if (type === 'invalid-json') return 'an answer that is not of the Bot API';
  return `no answer (${code ?? cause.name})`;
}
