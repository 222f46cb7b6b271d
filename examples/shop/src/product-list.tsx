import { NetworkStatus } from '@apollo/client';
import { useQuery } from '@apollo/client/react';
import { useState, useSyncExternalStore } from 'react';
import { PRODUCTS, type Product, type ProductFilter } from './operations';
import { ProductEditor } from './product-editor';
import { currentViewer, onViewerChange } from './viewer';

export function ProductList({ filter }: { filter: ProductFilter }) {
  const { data, previousData, error, fetchMore, refetch, networkStatus } = useQuery(PRODUCTS, {
    variables: { filter },
  });
  // While another filter's products are on their way, the ones before stay on the screen.
  const products = (data ?? previousData)?.products;
  if (error && !products) {
    return (
      <p role="alert">
        The shop can't be reached: {error.message}{' '}
        <button type="button" onClick={() => void refetch()}>
          Try again
        </button>
      </p>
    );
  }
  if (!products) return <p role="status">Loading …</p>;
  if (products.totalCount === 0) return <p role="status">No product matches.</p>;
  const more = () => fetchMore({ variables: { after: products.pageInfo.endCursor } });
  return (
    <>
      <p role="status">
        {products.edges.length} of {products.totalCount} products
      </p>
      <ul className="products" aria-label="Products">
        {products.edges.map(({ node }) => (
          <ProductCard key={node.id} product={node} />
        ))}
      </ul>
      {products.pageInfo.hasNextPage && (
        <button type="button" disabled={networkStatus === NetworkStatus.fetchMore} onClick={() => void more()}>
          More
        </button>
      )}
    </>
  );
}

function ProductCard({ product }: { product: Product }) {
  const viewer = useSyncExternalStore(onViewerChange, currentViewer);
  const [isEdited, setEdited] = useState(false);
  if (isEdited) {
    return (
      <li>
        <ProductEditor product={product} onDone={() => setEdited(false)} />
      </li>
    );
  }
  return (
    <li>
      <h2>{product.name}</h2>
      <p className="category">{product.category?.name}</p>
      <p>
        <strong>{product.priceShmeckles}</strong> shmeckles
      </p>
      <p className={product.stock > 0 ? undefined : 'sold-out'}>
        {product.stock > 0 ? `${product.stock} in stock` : 'Sold out'}
      </p>
      {viewer?.user.role === 'ADMIN' && (
        <button type="button" onClick={() => setEdited(true)}>
          Edit
        </button>
      )}
    </li>
  );
}
