import { catalogueOf } from './catalogue.js';
import { person } from './people.js';
import type { TestService } from './service.js';

/** What the tests of front ends look at: five products under one tag, ten of each on hand, and who may sell them. */
export interface Shelf {
  readonly tag: string;
  /** The products' ids, by name: "a product" to "e product". */
  readonly products: readonly string[];
  readonly accessToken: string;
}

export async function stockShelf(service: TestService): Promise<Shelf> {
  const make = catalogueOf(service.admin);
  const tag = await make.tag();
  const products: string[] = [];
  for (const letter of 'abcde') {
    products.push((await make.product({ name: `${letter} product`, stock: 10, tagIds: [tag.id] })).id);
  }
  return { tag: tag.id, products, accessToken: (await person(service, 'CASHIER')).accessToken };
}
