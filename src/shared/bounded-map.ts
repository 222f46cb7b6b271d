/** A map that holds so many entries and no more: the one that came first makes room. For keys that clients make up. */
export class BoundedMap<K, V> extends Map<K, V> {
  constructor(private readonly most: number) {
    super();
  }

  override set(key: K, value: V): this {
    if (this.size >= this.most && !this.has(key))
      for (const oldest of this.keys()) return this.replace(oldest, key, value);
    return super.set(key, value);
  }

  private replace(oldest: K, key: K, value: V): this {
    this.delete(oldest);
    return super.set(key, value);
  }
}
