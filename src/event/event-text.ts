import type { FieldChange } from './event.entity.js';
import type { JournalEvent } from './event-journal.js';

const LONGEST_VALUE = 60;

/** An event in a line for people: `2026-11-25T10:00:00.000Z  12  product.updated  7 "Plumbus"  priceFlurbos "1.00" → "2.00"  API by 3`. */
export function eventText({ occurredAt, id, type, entityId, label, changes, source, actorId }: JournalEvent): string {
  const told = /\.(created|deleted)$/.test(type) ? [] : changes.map(changeText);
  const by = actorId === null ? source : `${source} by user ${actorId}`;
  return [occurredAt, id, type, `${entityId} ${JSON.stringify(label)}`, ...told, by].join('  ');
}

function changeText({ field, before, after }: FieldChange): string {
  return before === null && after === null ? field : `${field} ${valueText(before)} → ${valueText(after)}`;
}

function valueText(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}…`;
}
