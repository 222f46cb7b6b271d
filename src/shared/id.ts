/** The primary key of a row: 1 to 2147483647. */
export type Id = number;

export const LARGEST_ID = 2_147_483_647;

/** An id that no row has. */
export const NO_ID: Id = 0;

/** The key behind an `ID` argument. What is no id is simply not there: it becomes {@link NO_ID}, which finds nothing. */
export function toId(id: string): Id {
  if (!/^[1-9]\d{0,9}$/.test(id)) return NO_ID;
  const key = Number(id);
  return key <= LARGEST_ID ? key : NO_ID;
}
