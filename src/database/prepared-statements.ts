import type { ClientBase } from 'pg';

/** Statements that a connection keeps prepared. Clients make up texts without end; the server's memory has one. */
const MOST_PREPARED = 256;

/**
 * Whether one plan is good for all runs of a statement. One that reads all columns would fail once there is one more; one
 * that searches a text is planned by how common it is, which a plan for any text can't tell.
 */
export const isPlannedOnce = (text: string) => !text.includes('.*') && !text.includes('@@');

const names = new WeakMap<ClientBase, StatementNames>();

/** Notes the statements that a connection of a pool keeps prepared. */
export const keepNames = (client: ClientBase, kept: StatementNames): void => void names.set(client, kept);

/** The statements that a connection of a pool keeps prepared. */
export const namesOf = (client: ClientBase): StatementNames => names.get(client) as StatementNames;

/** The names of one connection's statements, by their text. */
export class StatementNames {
  private readonly kept = new Map<string, string>();
  private given = 0;

  /** @param drop told of the name that makes room for another one */
  constructor(
    private readonly drop: (name: string) => void,
    private readonly most = MOST_PREPARED,
  ) {}

  of(text: string): string {
    const kept = this.kept.get(text);
    // Put in anew behind the others: the first is the one that has not run for longest.
    if (kept) this.kept.delete(text);
    const name = kept ?? this.newName();
    this.kept.set(text, name);
    return name;
  }

  /** Gives up a text's name, where nobody knows whether the server has it. */
  forget(text: string): void {
    const name = this.kept.get(text);
    if (!name) return;
    this.kept.delete(text);
    this.drop(name);
  }

  private newName(): string {
    const [oldest] = this.kept;
    if (oldest && this.kept.size >= this.most) {
      this.kept.delete(oldest[0]);
      this.drop(oldest[1]);
    }
    // Never the same name for two texts: the server may still have the first one.
    this.given += 1;
    return `catalog_${this.given}`;
  }
}
