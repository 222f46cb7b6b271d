/** A shelf of products as Relay keeps it. */
export interface RelayShelf {
  /** Name and stock of the products that the store's connection has. */
  shown(): [name: string, stock: number][];
  hasMore(): boolean;
  loadFirst(): Promise<void>;
  loadMore(): Promise<void>;
  sell(id: string, count: number): Promise<void>;
}
