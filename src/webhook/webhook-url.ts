import type { Config } from '../config.js';
import { BadUserInputError } from '../errors.js';

const LONGEST_URL = 2048;

/**
 * The address of a receiver, as it is called.
 * @throws BadUserInputError for one that may not be called by its form; where it leads to is looked at when it is called
 */
export function parseWebhookUrl(text: string, { allowsPrivate, allowsHttp }: Config['webhooks']): URL {
  const url = URL.parse(text);
  const refuse = (rule: string) => new BadUserInputError([{ path: 'url', message: rule }]);
  if (!url || !/^https?:$/.test(url.protocol) || text.length > LONGEST_URL)
    throw refuse(`must be an absolute https URL of at most ${LONGEST_URL} characters`);
  if (url.username !== '' || url.password !== '')
    throw refuse('must not hold a user and password: a receiver knows who calls by the signature');
  if (url.protocol === 'http:' && !allowsHttp && !(allowsPrivate && isLoopback(url)))
    throw refuse('must be https, unless WEBHOOK_ALLOW_HTTP is set');
  url.hash = '';
  return url;
}

const isLoopback = ({ hostname }: URL) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
