import { countsOf, type Told, type TopicCounts } from '../delivery/told.js';
import { countedText } from './counted.js';
import { bold, fitted } from './html.js';
import { noticeLine, type PageOf } from './notice-line.js';

/**
 * Characters of a message, at most. Telegram counts them without the markup; with it, a message is never too long.
 * @see https://core.telegram.org/bots/api#sendmessage
 */
export const LONGEST_MESSAGE = 4096;

/** A message of a few events, a line each; those for which there is no room are counted in its last line. */
export function noticeMessage(told: readonly Told[], pageOf: PageOf): string {
  const lines = told.map(({ event, topics }) => noticeLine(event, topics, pageOf));
  return fitted(
    lines,
    '\n',
    LONGEST_MESSAGE,
    (leftOut) => `… and ${countedText(countsOf(told.slice(told.length - leftOut)))}`,
  );
}

/** What an import did, as one message. */
export const importMessage = (counts: TopicCounts): string => `📥 ${bold('Import')}: ${countedText(counts)}`;
