import type { GraphQLSchema, OperationDefinitionNode, ValidationRule } from 'graphql';
import { QueryTooComplexError } from '../errors.js';
import { type DocumentLimits, excessOf } from './document-limits.js';
import { type Fragments, OperationCost, type PageSizes, type Variables } from './operation-cost.js';
import { excessOfVariables } from './variables-limits.js';

/** How much a client may ask for at once. */
export interface OperationLimitsConfig extends DocumentLimits {
  /** Tokens of a document. */
  readonly tokens: number;
  readonly cost: number;
}

/** Holds documents and operations to the limits; what is a property of the document is found out once. */
export class OperationLimits {
  private readonly costs = new WeakMap<OperationDefinitionNode, OperationCost>();

  constructor(
    private readonly schema: GraphQLSchema,
    readonly limits: OperationLimitsConfig,
    private readonly pageSizes: PageSizes,
  ) {}

  /**
   * A rule that refuses a document before other rules look at it: some of theirs take time that grows with the square of
   * its size. graphql-js ends a validation after so many errors, so this one is reported until it does; whoever answers
   * them has to tell one of them only.
   */
  readonly rule: ValidationRule = (context) => ({
    Document: (document) => {
      const excess = excessOf(document, this.limits);
      if (excess) for (;;) context.reportError(new QueryTooComplexError(excess));
    },
  });

  /**
   * The cost of an operation of a valid document.
   * @throws QueryTooComplexError where it is too high, or the variables are too much
   */
  assertOperation(operation: OperationDefinitionNode, fragments: Fragments, variables: Variables): number {
    const cost = this.costOf(operation, fragments, variables);
    const excess = this.excessOfCost(cost) ?? excessOfVariables(variables, this.limits.listLength);
    if (excess) throw new QueryTooComplexError(excess);
    return cost;
  }

  /** Whether an operation is within the limits. */
  allows(operation: OperationDefinitionNode, fragments: Fragments, variables: Variables): boolean {
    if (excessOfVariables(variables, this.limits.listLength)) return false;
    return this.costOf(operation, fragments, variables) <= this.limits.cost;
  }

  private excessOfCost(cost: number): string | undefined {
    const { cost: most } = this.limits;
    return cost > most ? `The operation costs ${cost}; at most ${most} is allowed.` : undefined;
  }

  private costOf(operation: OperationDefinitionNode, fragments: Fragments, variables: Variables): number {
    const kept = this.costs.get(operation);
    const cost = kept ?? new OperationCost(this.schema, operation, fragments, this.pageSizes);
    if (!kept) this.costs.set(operation, cost);
    return cost.of(variables);
  }
}
