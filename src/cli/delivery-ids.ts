import { BadUserInputError } from '../errors.js';

/**
 * The keys of deliveries as they are typed.
 * @param otherwise what may be said in place of ids; undefined where that has been said
 * @throws BadUserInputError
 */
export function parseDeliveryIds(given: readonly string[], otherwise: string | undefined): number[] {
  const wrong = given.filter((id) => !/^[1-9]\d{0,14}$/.test(id));
  if (wrong.length > 0)
    throw new BadUserInputError([{ path: 'id', message: `must be a number, not ${wrong.join(', ')}` }]);
  if (given.length === 0 && otherwise !== undefined)
    throw new BadUserInputError([{ path: 'id', message: `must be given, ${otherwise}` }]);
  return [...new Set(given.map(Number))];
}
