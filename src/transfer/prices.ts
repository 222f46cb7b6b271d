import { exchange, LARGEST_AMOUNT, parseMoney } from '../shared/money.js';
import type { RowCheck } from './row-check.js';
import { TransferError } from './transfer-error.js';

const RATE = /^\d{1,6}(\.\d{1,6})?$/;

/** How many flurbos a shmeckle is, as a decimal text. @throws TransferError for what is no rate */
export function checkRate(rate: string): string {
  if (!RATE.test(rate) || Number(rate) === 0) {
    throw new TransferError('--rate must be a number above 0 with at most six digits before and after its point.');
  }
  return rate;
}

/** Both prices of a source that has one. */
export function bothPrices(check: RowCheck, price: unknown, rate: string) {
  const priceShmeckles = check.attempt('priceShmeckles', () => parseMoney(price));
  if (priceShmeckles === undefined) return {};
  const priceFlurbos = exchange(priceShmeckles, rate);
  if (priceFlurbos > LARGEST_AMOUNT) check.refuse('priceShmeckles', `times ${rate} must be at most 9999999999.99`);
  return { priceShmeckles, priceFlurbos };
}
