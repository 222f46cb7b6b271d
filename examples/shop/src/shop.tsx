import { useState } from 'react';
import { Filters } from './filters';
import type { ProductFilter } from './operations';
import { ProductList } from './product-list';
import { SignIn } from './sign-in';

export function Shop() {
  const [filter, setFilter] = useState<ProductFilter>({});
  return (
    <>
      <header>
        <h1>Shop</h1>
        <SignIn />
      </header>
      <main>
        <Filters filter={filter} onChange={setFilter} />
        <ProductList filter={filter} />
      </main>
    </>
  );
}
