/** One thing that a schema consists of, in words that are the same for what is the same. */
export interface SchemaItem {
  /** Such as `column products.stock`; unique in a schema. */
  readonly name: string;
  readonly definition: string;
}

/** Where two schemas differ. */
export interface SchemaDifference {
  /** Such as `index products_name_index`. */
  readonly object: string;
  readonly problem: 'missing' | 'unexpected' | 'different';
  /** What should be there; undefined for what is unexpected. */
  readonly expected: string | undefined;
  /** What is there; undefined for what is missing. */
  readonly found: string | undefined;
}

/** What a schema lacks, has too much, or has otherwise, object by object, by name. */
export function compareItems(expected: readonly SchemaItem[], found: readonly SchemaItem[]): SchemaDifference[] {
  const wanted = new Map(expected.map(({ name, definition }) => [name, definition]));
  const there = new Map(found.map(({ name, definition }) => [name, definition]));
  const names = [...new Set([...wanted.keys(), ...there.keys()])].toSorted();
  return names.flatMap((object) => {
    const [want, have] = [wanted.get(object), there.get(object)];
    if (want === have) return [];
    const problem = want === undefined ? 'unexpected' : have === undefined ? 'missing' : 'different';
    return [{ object, problem, expected: want, found: have }];
  });
}
