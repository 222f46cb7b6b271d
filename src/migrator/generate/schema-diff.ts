import { type Platform } from '@mikro-orm/core';
import {
  type AbstractSqlPlatform,
  type Column,
  type DatabaseSchema,
  type SchemaDifference,
  SchemaComparator,
  type TableDifference,
} from '@mikro-orm/postgresql';
import type { SchemaObject } from '../../database/schema-objects.js';
import { type ColumnRename, renameColumn, type SchemaModel } from './schema-model.js';

/** What leads from one schema to another. */
export interface ModelDifference {
  readonly tables: SchemaDifference;
  readonly objects: ObjectDifference;
}

/** Compares two schemas, once the renames are made in the first: only what else has changed is left. */
export function compareModels(
  platform: Platform,
  from: SchemaModel,
  to: SchemaModel,
  renames: readonly ColumnRename[],
): ModelDifference {
  for (const rename of renames) renameColumn(from.tables, rename);
  return {
    tables: compareTables(platform, from.tables, to.tables),
    objects: compareObjects(from.objects, to.objects),
  };
}

/** What leads from one schema to another: MikroORM's difference, in which nothing is guessed to be renamed. */
function compareTables(platform: Platform, from: DatabaseSchema, to: DatabaseSchema): SchemaDifference {
  const difference = new SchemaComparator(platform as AbstractSqlPlatform).compare(from, to);
  for (const table of Object.values(difference.changedTables)) withoutGuesses(table);
  return difference;
}

/** MikroORM takes a column that is gone and one of the same kind that is new for one that was renamed. */
function withoutGuesses(table: TableDifference): void {
  for (const [old, column] of Object.entries(table.renamedColumns)) {
    const removed = table.fromTable.getColumn(old);
    if (!removed) continue;
    table.removedColumns[old] = removed;
    table.addedColumns[column.name] = column;
  }
  table.renamedColumns = {};
}

/** What leads from the objects of one schema to those of another. */
export interface ObjectDifference {
  /** In the order in which they may be dropped. */
  readonly removed: readonly SchemaObject[];
  /** In the order in which they may be made; one that differs is removed and added. */
  readonly added: readonly SchemaObject[];
  readonly kept: readonly SchemaObject[];
}

function compareObjects(from: readonly SchemaObject[], to: readonly SchemaObject[]): ObjectDifference {
  const isIn = (list: readonly SchemaObject[]) => (object: SchemaObject) =>
    list.some(({ name, create }) => name === object.name && create === object.create);
  return {
    removed: from.filter((object) => !isIn(to)(object)).toReversed(),
    added: to.filter((object) => !isIn(from)(object)),
    kept: to.filter(isIn(from)),
  };
}

/** The statements that make an object. */
export const creationOf = ({ create, fill = [] }: SchemaObject): string[] => [create, ...fill];

/** A column that is gone, and those of the same type that are new in its table: was it renamed? */
export interface RenameCandidate {
  readonly table: string;
  readonly from: string;
  readonly to: readonly string[];
}

export function renameCandidates({ changedTables }: SchemaDifference): RenameCandidate[] {
  return Object.values(changedTables).flatMap(({ name, removedColumns, addedColumns }) =>
    Object.values(removedColumns).flatMap((removed) => {
      const to = Object.values(addedColumns)
        .filter((added) => isSameType(added, removed))
        .map((added) => added.name);
      return to.length > 0 ? [{ table: name, from: removed.name, to }] : [];
    }),
  );
}

/** A generated column holds nothing of its own that could be lost with its name. */
const isSameType = (a: Column, b: Column) =>
  a.type.toLowerCase() === b.type.toLowerCase() && !a.generated && !b.generated;

/** The tables and columns that go, with what is in them. */
export function lossesOf({ removedTables, changedTables }: SchemaDifference): string[] {
  const columns = Object.values(changedTables).flatMap(({ name, removedColumns }) =>
    Object.values(removedColumns)
      // A generated column holds nothing of its own.
      .filter((column) => !column.generated)
      .map((column) => `${name}.${column.name}`),
  );
  return [...Object.keys(removedTables), ...columns];
}

/** The tables among objects. What is in them the code has put there, and puts there again. */
export const tablesOf = (objects: readonly SchemaObject[]): string[] =>
  objects.filter(({ create }) => /^create table\b/i.test(create)).map(({ name }) => name);

/** Whether there is anything to do. */
export function isEmpty(
  { newTables, removedTables, changedTables }: SchemaDifference,
  objects: ObjectDifference,
): boolean {
  const tables = [newTables, removedTables, changedTables].every((changes) => Object.keys(changes).length === 0);
  return tables && objects.removed.length === 0 && objects.added.length === 0;
}
