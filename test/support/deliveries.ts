import { vi } from 'vitest';
import { type Database } from '../../src/database/database.js';
import { Delivery, DeliveryState } from '../../src/delivery/delivery.entity.js';
import type { TestService } from './service.js';

/** All deliveries, in the order in which they are made. */
export const deliveriesOf = ({ server }: Pick<TestService, 'server'>): Promise<Delivery[]> =>
  server.database.fork().find(Delivery, {}, { orderBy: { id: 'asc' } });

/** Waits until something holds of the deliveries. */
export const waitForDeliveries = (
  service: Pick<TestService, 'server'>,
  check: (deliveries: Delivery[]) => void,
): Promise<void> => vi.waitFor(async () => check(await deliveriesOf(service)), { timeout: 15_000, interval: 20 });

/** Lets what waits for another try be tried now. */
export async function hurry({ database }: { database: Database }): Promise<void> {
  await database
    .fork()
    .nativeUpdate(
      Delivery,
      { state: { $in: [DeliveryState.PENDING, DeliveryState.GATHERING] } },
      { nextAttemptAt: new Date(0) },
    );
}
