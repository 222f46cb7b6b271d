/** A setting of a transaction of PostgreSQL's: the id of the product that it has made last. */
export const MADE_PRODUCT = 'catalog.made_product';
