import type { OperationRecord } from './operation-record.js';

/** Names of operations that get series of their own. */
const MOST_NAMES = 200;
const LONGEST_NAME = 80;

/** By what the metrics tell operations apart. */
export interface OperationLabels {
  /** `none` where the document is not valid. */
  readonly type: string;
  /** `anonymous` without a name, `other` where there are too many. */
  readonly operation: string;
}

/**
 * The labels of operations. A client can make up names without end, and each would be a series that Prometheus keeps:
 * the first ones get their own, all others share one.
 */
export class OperationNames {
  private readonly names = new Set<string>();

  constructor(private readonly most = MOST_NAMES) {}

  labelsOf({ type, name }: Pick<OperationRecord, 'type' | 'name'>): OperationLabels {
    if (type === undefined) return { type: 'none', operation: 'none' };
    return { type, operation: name === undefined ? 'anonymous' : this.labelOf(name) };
  }

  private labelOf(name: string): string {
    if (this.names.has(name)) return name;
    if (this.names.size >= this.most || name.length > LONGEST_NAME) return 'other';
    this.names.add(name);
    return name;
  }
}
