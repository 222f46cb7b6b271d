import type { FieldProblem } from '../errors.js';
import type { Role } from '../user/user.entity.js';

export const KINDS = ['category', 'tag', 'product', 'user'] as const;
export type Kind = (typeof KINDS)[number];

/** What an entry had where it comes from; a new entry keeps it, one that is there already has its own. */
export interface Origin {
  id?: number;
  version?: number;
  createdAt?: Date;
  updatedAt?: Date;
}

// In every record, a field that is undefined is not told by its source: an entry that is there keeps its value.

export interface CategoryRecord {
  slug: string;
  name: string;
  isActive?: boolean;
  /** The slug of the category above; null for a root. */
  parent?: string | null;
  /** From the root down to the parent; those that are not there are made. */
  ancestors?: { slug: string; name: string }[];
}

export interface TagRecord {
  slug: string;
  name: string;
}

export interface ProductRecord {
  slug: string;
  name: string;
  description?: string | null;
  imageUrl?: string | null;
  priceShmeckles: number;
  priceFlurbos: number;
  stock?: number;
  rating?: number | null;
  isActive?: boolean;
  category?: Link | null;
  tags?: Link[];
}

/**
 * A category or tag that a product names: by its slug alone, then it must be there; by slug and name, or by its name
 * alone, then it is made where it is missing.
 */
export type Link = { slug: string; name?: string } | { slug?: undefined; name: string };

/** What tells a link from others. A slug holds no blank, so no two have the same. */
export const keyOfLink = ({ slug = '', name = '' }: Link): string => `${slug} ${name}`;

export interface UserRecord {
  slug: string;
  username: string;
  firstName: string;
  lastName: string;
  age?: number | null;
  role?: Role;
  isActive?: boolean;
}

export interface RecordOf {
  category: CategoryRecord;
  tag: TagRecord;
  product: ProductRecord;
  user: UserRecord;
}

/** Where in a source a row stands. */
export interface Place {
  /** 1-based, of its first character. */
  line: number;
  /** The number of the record, from 1, where its line holds several. */
  record?: number;
}

/** What a field of a record is called where the record comes from; one that is not here has the same name there. */
export type SourceNames = Readonly<Record<string, string>>;

/** A row that can be written. */
export interface GoodRow<K extends Kind = Kind> {
  kind: K;
  place: Place;
  record: RecordOf[K];
  origin: Origin;
  /** The same for all rows of a source. */
  names: SourceNames;
}

/** A row that is refused, with every reason; its kind is undefined where not even that can be told. */
export interface RefusedRow {
  kind: Kind | undefined;
  place: Place;
  problems: FieldProblem[];
}

export type Row = GoodRow | RefusedRow;

export const isRefused = (row: Row): row is RefusedRow => 'problems' in row;
