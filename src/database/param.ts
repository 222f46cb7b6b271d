import type { Id } from '../shared/id.js';
import { type Dialect, type Sql, type ValueType } from './dialect.js';

/** What one run of a statement binds: the arguments of each field that has some, and who asks. */
export interface Bindings {
  args: readonly Readonly<Record<string, unknown>>[];
  viewer: ReadingViewer;
  /** The entry that a mutation answers, null for the one that it makes; or the event that a subscription tells of. */
  entryId?: number | null;
  /** What a mutation answers besides its entry, by field. */
  given?: Readonly<Record<string, unknown>>;
}

/** Who asks, as far as a statement depends on it: the roles change its text, the ids are bound. */
export interface ReadingViewer {
  /** CASHIER or ADMIN: sees what is not active, too. */
  readonly isStaff: boolean;
  readonly isAdmin: boolean;
  /** undefined for who is not signed in. */
  readonly userId: Id | undefined;
  readonly sessionId: Id | undefined;
}

/** A parameter of a compiled statement: where a run finds its value. */
export class Slot {
  constructor(readonly read: (bindings: Bindings) => unknown) {}
}

/**
 * A value of a field's arguments, as the code that writes the SQL sees it.
 *
 * The text of a statement is kept for every run with arguments of the same shape. So this tells what the shape
 * decides (is it given, is it true, which enum value, which of its keys) and hides the value itself, which a run binds.
 */
export class Param {
  constructor(
    private readonly dialect: Dialect,
    readonly read: (bindings: Bindings) => unknown,
    private readonly shape: unknown,
  ) {}

  /** Neither left out nor null. */
  get isGiven(): boolean {
    return this.shape !== undefined && this.shape !== null;
  }

  get isTrue(): boolean {
    return this.shape === true;
  }

  /** The value of an enum; part of the shape. */
  get enumValue(): string {
    return String(this.shape);
  }

  /** The names of an input object's fields that are given. */
  get givenKeys(): string[] {
    if (typeof this.shape !== 'object' || this.shape === null) return [];
    return Object.keys(this.shape).filter((key) => this.at(key).isGiven);
  }

  /** A field of an input object. */
  at(key: string): Param {
    const of = (value: unknown) => (value as Record<string, unknown> | null | undefined)?.[key];
    return new Param(this.dialect, (bindings) => of(this.read(bindings)), of(this.shape));
  }

  /** An input object as if some of its fields were not given. */
  without(keys: readonly string[]): Param {
    const shape = Object.fromEntries(
      this.givenKeys.filter((key) => !keys.includes(key)).map((key) => [key, this.at(key).shape]),
    );
    return new Param(this.dialect, this.read, shape);
  }

  /** The value put through a function at each run. */
  map(convert: (value: never) => unknown): Param {
    const { read } = this;
    return new Param(this.dialect, (bindings) => convert(read(bindings) as never), this.shape);
  }

  /** The parameter itself. */
  bind(type: ValueType): Sql {
    const { dialect, read } = this;
    return dialect.bind(new Slot((bindings) => dialect.toDriver(read(bindings), type)), type);
  }

  /** Whether an expression is in this list. */
  holds(expression: Sql, type: 'text' | 'integer'): Sql {
    const { dialect, read } = this;
    return dialect.isIn(expression, new Slot((bindings) => dialect.toDriverList(read(bindings) as unknown[])), type);
  }
}
