import type { DropSchemaOptions, MikroORM } from '@mikro-orm/core';
import { type SqlEntityManager, SqlSchemaGenerator } from '@mikro-orm/postgresql';
import type { SchemaObject } from '../database/schema-objects.js';
import { withSession } from './session.js';

/** MikroORM's schema generator, which leaves nothing behind when it drops all: `mikro-orm migration:fresh` starts from it. */
export class SchemaGenerator extends SqlSchemaGenerator {
  constructor(
    private readonly orm: MikroORM,
    private readonly objects: readonly SchemaObject[],
  ) {
    super(orm.em as SqlEntityManager);
  }

  override async drop(options?: DropSchemaOptions): Promise<void> {
    await withSession(this.orm, async (session) => {
      for (const { drop } of this.objects.toReversed()) {
        // One that is not there has been dropped: the database may be at any point of its history.
        await session.run(drop).catch(() => undefined);
      }
    });
    await super.drop(options);
  }
}
