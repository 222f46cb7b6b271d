import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { EventFeed } from '../../src/event/event-feed.js';
import type { JournalEvent } from '../../src/event/event-journal.js';
import { Following } from '../../src/event/following.js';

const EVENTS = 1000;
/** A feed that never makes anybody wait for what it has. */
const feedWith = (next: EventFeed['next']) =>
  ({ covers: () => true, next, leave: async () => undefined }) as unknown as EventFeed;
const everything = feedWith((position) => ({ id: position + 1 }) as JournalEvent);
const nothing = feedWith(() => undefined);

test('a subscriber who hears of few events leaves others their turn', async () => {
  let looked = 0;
  const following = new Following(everything, 0, { after: undefined, selection: {} }, async ({ id }) => {
    looked += 1;
    return id === EVENTS ? id : null;
  });
  const told = following.next();
  await setImmediate();
  expect(looked).toBeLessThan(EVENTS);
  expect(await told).toEqual({ done: false, value: { answer: EVENTS } });
});

test('one who waits can be ended at once', async () => {
  const following = new Following(nothing, 0, { after: undefined, selection: {} }, async () => 1);
  const waiting = following.next();
  await following.return();
  expect(await waiting).toEqual({ done: true, value: undefined });
});
