import { Field, Int, ObjectType } from 'type-graphql';

@ObjectType({ description: 'Where a page stands in its list.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether the list goes on behind this page.' })
  readonly hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether the list has something in front of this page.' })
  readonly hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'The cursor of the first edge; null for an empty page.' })
  readonly startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'The cursor of the last edge; null for an empty page.' })
  readonly endCursor!: string | null;
}

/**
 * The edge and connection types of a noun: `TagEdge` and `TagConnection` for Tag.
 * @see https://relay.dev/graphql/connections.htm
 */
export function connectionOf<T extends object>(type: new () => T) {
  const noun = type.name;

  @ObjectType(`${noun}Edge`, { description: `A ${noun.toLowerCase()} and its place in the list.` })
  class Edge {
    @Field(() => String, { description: 'Its place, for after and before; good for the same orderBy and filter only.' })
    readonly cursor!: string;

    @Field(() => type, { description: `The ${noun.toLowerCase()}.` })
    readonly node!: T;
  }

  @ObjectType(`${noun}Connection`, { description: `A page of a list of ${noun.toLowerCase()} entries.` })
  class Connection {
    @Field(() => [Edge], { description: 'The entries of the page with their cursors, in order.' })
    readonly edges!: Edge[];

    @Field(() => [type], { description: 'The entries of the page, in order.' })
    readonly nodes!: T[];

    @Field(() => PageInfo, { description: 'Where the page stands in its list.' })
    readonly pageInfo!: PageInfo;

    @Field(() => Int, { description: 'How many there are in the whole list. Counted only when asked for.' })
    readonly totalCount!: number;
  }

  return Connection;
}

/**
 * The body of a field that the root field's statement has answered already: type-graphql reads its declaration, and
 * schema.ts gives it the resolver that takes the value from the answer. It is never called.
 */
export function answeredByStatement(): never {
  throw new Error('This field is answered by the statement of its root field.');
}
