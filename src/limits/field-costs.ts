/**
 * How many entries a list that is not paged is taken for, by its field: the cost of what is selected of each is multiplied
 * by it. Paged lists say their size by `first` and `last`.
 */
export const LIST_SIZES: Readonly<Record<string, number>> = {
  'Category.ancestors': 5,
  'Category.children': 20,
  'Event.changes': 10,
  'Product.tags': 10,
  'Query.categoryTree': 200,
  'Query.sessions': 10,
};

/** What a field costs by itself, where that is more than nothing. */
export const OWN_COSTS: Readonly<Record<string, number>> = {
  // The whole schema, whatever is selected of it.
  'Query.__schema': 500,
  'Query.__type': 50,
  // Looks at every matching product, up to a bound.
  'ProductConnection.facets': 20,
};

/** What a change costs, beside what is selected of it. */
export const MUTATION_COST = 10;
