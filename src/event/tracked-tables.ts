/** How a column's value is written into an event: as the API writes it. */
export type FieldForm = 'text' | 'integer' | 'float' | 'boolean' | 'id' | 'money';

export interface TrackedField {
  /** The API's name. */
  readonly field: string;
  readonly column: string;
  readonly form: FieldForm;
}

/** A table whose changes are events. */
export interface TrackedTable {
  readonly table: string;
  /** As in `PRODUCT`, and in `product.created`. */
  readonly entity: string;
  /** The column that an entry is called by. */
  readonly label: string;
  /** What anybody may read of an entry; id, version and times aside, which an event has itself or nobody asks for. */
  readonly fields: readonly TrackedField[];
  /** The column of a secret: an event says that it has changed, and no more. */
  readonly secret?: TrackedField;
}

const as =
  (form: FieldForm) =>
  (field: string, column: string = field): TrackedField => ({ field, column, form });
const text = as('text');
const integer = as('integer');
const boolean = as('boolean');
const id = as('id');
const money = as('money');

export const TRACKED_TABLES = {
  categories: {
    table: 'categories',
    entity: 'CATEGORY',
    label: 'name',
    fields: [text('name'), text('slug'), boolean('isActive', 'is_active'), id('parentId', 'parent_id')],
  },
  tags: { table: 'tags', entity: 'TAG', label: 'name', fields: [text('name'), text('slug')] },
  products: {
    table: 'products',
    entity: 'PRODUCT',
    label: 'name',
    fields: [
      text('name'),
      text('slug'),
      text('description'),
      text('imageUrl', 'image_url'),
      money('priceShmeckles', 'price_shmeckles'),
      money('priceFlurbos', 'price_flurbos'),
      integer('stock'),
      as('float')('rating'),
      boolean('isActive', 'is_active'),
      id('categoryId', 'category_id'),
    ],
  },
  users: {
    table: 'users',
    entity: 'USER',
    label: 'username',
    fields: [
      text('username'),
      text('slug'),
      text('firstName', 'first_name'),
      text('lastName', 'last_name'),
      integer('age'),
      text('role'),
      boolean('isActive', 'is_active'),
    ],
    secret: text('password', 'password_hash'),
  },
} as const satisfies Record<string, TrackedTable>;

/** As it begins the type of an event. */
export const nounOf = ({ entity }: Pick<TrackedTable, 'entity'>): string => entity.toLowerCase();
