import type { Turns } from '../shared/turns.js';
import type { Author } from './author.js';
import { LostRace } from './lost-race.js';

/** What units of work need of the writing connection. */
export interface Writer {
  /** Whoever has the turn has the connection. */
  readonly turns: Turns;
  /** False where there is none, or the database took it back by itself, as for a full disk. */
  isInTransaction(): boolean;
  /** Begins a transaction as a writer, and waits for other processes, until the deadline in milliseconds since 1970. */
  beginImmediate(deadline: number): Promise<void>;
  /** Begins a transaction as a writer, unless another process writes. */
  beginAtOnce(): boolean;
  /** Notes whose changes follow: by default the current author's. */
  sign(author?: Author): void;
  /** Forgets whose changes they were. */
  unsign(): void;
  /** Lets the search find what has changed, where that should not wait for one. */
  takeIn(): void;
  run(control: Control): void;
}

export type Control = 'commit' | 'rollback' | 'savepoint unit' | 'release unit' | 'rollback to unit';

/** So many units wait for one commit at most: the last one's answer is the first one's, too. */
const MOST_UNITS = 100;

/** For so long, in milliseconds, a commit waits while each turn of the event loop brings another unit. */
const LONGEST_WAIT = 20;

/** The units that share a transaction. */
class Group {
  units = 0;
  readonly begunAt = performance.now();
  readonly committed: Promise<void>;
  settle!: { committed(): void; failed(error: unknown): void };

  constructor() {
    this.committed = new Promise((resolve, reject) => {
      this.settle = { committed: resolve, failed: reject };
    });
    // Whoever waits hears of it; where all units took themselves back, nobody does.
    this.committed.catch(() => undefined);
  }
}

/**
 * Units of work that come at the same time commit together, each behind a savepoint of its own: what a commit costs, and
 * the pages that all of them change, are paid for once. A single one waits for no other; where many come, the commit is
 * at the end of the first turn of the event loop that brings no more. No unit counts as done before that commit, and one
 * that fails takes back nothing but its own.
 */
export class SqliteUnits {
  private group: Group | undefined;

  constructor(private readonly writer: Writer) {}

  /** Begins a unit, as soon as nobody else has the connection, which is the unit's own until it ends. */
  async begin(deadline: number): Promise<Unit> {
    const { writer } = this;
    await writer.turns.take();
    try {
      const isFirst = !this.group;
      if (isFirst) await this.open(deadline);
      // The first one can take back the whole transaction. A savepoint would keep a copy of each page that it changes.
      else writer.run('savepoint unit');
      writer.sign();
      return new Unit(this, writer, isFirst);
    } catch (error) {
      this.abandon(error);
      writer.turns.end();
      throw error;
    }
  }

  /**
   * Does a unit that is over when `run` returns, and commits it, with others.
   * @param run undefined for what is to be taken back
   * @returns undefined where nothing was done: that was so, it failed, or somebody else has the connection
   */
  async doAtOnce<T>(author: Author, run: () => T | undefined): Promise<T | undefined> {
    const isFirst = !this.group;
    if (this.writer.turns.isTaken || (isFirst && !this.writer.beginAtOnce())) return undefined;
    const done = this.attempt(author, run, isFirst);
    if (done === undefined) return undefined;
    try {
      this.group ??= new Group();
      await this.join(this.group);
      return done;
    } catch {
      return undefined;
    }
  }

  /** Commits what waits for it; for who has the turn. */
  commit(): void {
    const { group, writer } = this;
    if (!group) return;
    try {
      writer.takeIn();
      writer.unsign();
      writer.run('commit');
      this.group = undefined;
      group.settle.committed();
    } catch (error) {
      this.abandon(error);
    }
  }

  /** When the units that wait for their commit have it, or have failed; undefined where none waits, or one is at work. */
  decision(): Promise<void> | undefined {
    if (this.writer.turns.isTaken) return undefined;
    return this.group?.committed.catch(() => undefined);
  }

  /** Ends the turn of a unit that stands. @returns when it is committed */
  leave(): Promise<void> {
    const committed = this.join(this.group as Group);
    this.writer.turns.end();
    return committed;
  }

  /** Ends the turn of a unit that took itself back. @returns when what it saw of others is decided */
  async give(): Promise<void> {
    const { committed } = this.group as Group;
    this.writer.turns.end();
    await committed.catch(() => undefined);
  }

  /** Takes the whole transaction back; for who has the turn. */
  abandon(error: unknown): void {
    const { group, writer } = this;
    this.group = undefined;
    if (writer.isInTransaction()) writer.run('rollback');
    group?.settle.failed(error);
  }

  private join(group: Group): Promise<void> {
    group.units += 1;
    if (group.units === 1) this.commitOnceAlone(group);
    if (group.units >= MOST_UNITS) this.commit();
    return group.committed;
  }

  private attempt<T>(author: Author, run: () => T | undefined, isFirst: boolean): T | undefined {
    const { writer } = this;
    try {
      if (!isFirst) writer.run('savepoint unit');
      writer.sign(author);
      const done = run();
      if (!isFirst && done !== undefined) writer.run('release unit');
      if (done !== undefined) return done;
    } catch {
      // Whoever does it again finds out why.
    }
    this.takeBack(isFirst);
    return undefined;
  }

  /** Takes back what a unit has changed. @returns whether the others' changes are still there */
  takeBack(isFirst: boolean): boolean {
    const { writer } = this;
    if (isFirst || !writer.isInTransaction()) {
      // Others did nothing wrong: they run again.
      this.abandon(new LostRace('The database took back the transaction of several units.'));
      return false;
    }
    writer.run('rollback to unit');
    writer.run('release unit');
    return true;
  }

  private async open(deadline: number): Promise<void> {
    await this.writer.beginImmediate(deadline);
    this.group = new Group();
  }

  private commitOnceAlone(group: Group): void {
    const { units } = group;
    setImmediate(() => {
      const isGrowing = group.units > units && performance.now() < group.begunAt + LONGEST_WAIT;
      if (isGrowing) this.commitOnceAlone(group);
      else void this.commitInTurn(group);
    });
  }

  private async commitInTurn(group: Group): Promise<void> {
    await this.writer.turns.take();
    if (this.group === group) this.commit();
    this.writer.turns.end();
  }
}

/** One unit of work among those that share a transaction. */
export class Unit {
  private isOver = false;

  constructor(
    private readonly units: SqliteUnits,
    private readonly writer: Writer,
    private readonly isFirst: boolean,
  ) {}

  /** Commits, with others. Where this fails, the unit is still to be taken back. */
  async commit(): Promise<void> {
    if (!this.isFirst) this.writer.run('release unit');
    this.isOver = true;
    await this.units.leave();
  }

  /** Takes the unit back, if that is still to be done. */
  async rollback(): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    if (this.units.takeBack(this.isFirst)) await this.units.give();
    else this.writer.turns.end();
  }
}
