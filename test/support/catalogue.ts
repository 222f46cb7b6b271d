import type { Client } from './service.js';

let made = 0;
/** A number that no other test of the file has. */
const nextNumber = () => (made += 1);

/** An entry as the factories hand it out. */
export interface Made {
  id: string;
  name: string;
  slug: string;
  version: number;
}

async function make(admin: Client, field: string, inputType: string, input: Record<string, unknown>): Promise<Made> {
  const answer = await admin(
    `mutation ($input: ${inputType}!) { made: ${field}(input: $input) { id name slug version } }`,
    { input },
  );
  if (answer.errors) throw new Error(`${field} failed: ${JSON.stringify(answer.errors)}`);
  return answer.data.made as Made;
}

/** Entries for tests; what is not given is made up, and different each time. */
export const catalogueOf = (admin: Client) => ({
  category: (input: Record<string, unknown> = {}) =>
    make(admin, 'createCategory', 'CreateCategoryInput', { name: `Category ${nextNumber()}`, ...input }),
  tag: (input: Record<string, unknown> = {}) =>
    make(admin, 'createTag', 'CreateTagInput', { name: `Tag ${nextNumber()}`, ...input }),
  product: (input: Record<string, unknown> = {}) =>
    make(admin, 'createProduct', 'CreateProductInput', {
      name: `Product ${nextNumber()}`,
      priceShmeckles: '10.00',
      priceFlurbos: '1.00',
      ...input,
    }),
});
