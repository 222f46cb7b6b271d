import { useMutation } from '@apollo/client/react';
import { type FormEvent, useState } from 'react';
import { client, codeOf } from './client';
import { PRODUCT_NOW, type Product, UPDATE_PRODUCT } from './operations';

/** What a person is told of an error, by its code; of others, the API's own message is good. */
const WORDS: Record<string, string> = {
  VERSION_CONFLICT: 'Somebody changed it meanwhile. These are its values now: look, and save again.',
  TOKEN_EXPIRED: 'The sign-in has expired: sign in again.',
};

interface Props {
  product: Product;
  onDone: () => void;
}

/** Edits a product as it was when it was opened: what others changed since is not overwritten. */
export function ProductEditor({ product: current, onDone }: Props) {
  const [product, setProduct] = useState(current);
  const [problem, setProblem] = useState<string>();
  const [update, { loading }] = useMutation(UPDATE_PRODUCT);

  async function save(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const input = inputOf(new FormData(event.currentTarget));
    const { id, version } = product;
    try {
      await update({
        variables: { id, expectedVersion: version, input },
        optimisticResponse: { updateProduct: { ...product, ...input } },
      });
      onDone();
    } catch (error) {
      const code = String(codeOf(error));
      // First the values, then the words that speak of them.
      if (code === 'VERSION_CONFLICT') setProduct(await readNow(product));
      setProblem(WORDS[code] ?? (error as Error).message);
    }
  }

  return (
    // The fields start from the product's values anew when these have changed.
    <form className="editor" key={product.version} onSubmit={(event) => void save(event)}>
      <label>
        Name <input name="name" defaultValue={product.name} required maxLength={255} />
      </label>
      <label>
        Price <input name="price" defaultValue={product.priceShmeckles} inputMode="decimal" required />
      </label>
      <label>
        Stock <input name="stock" type="number" min={0} defaultValue={product.stock} required />
      </label>
      {problem && <p role="alert">{problem}</p>}
      <button type="submit" disabled={loading}>
        Save
      </button>{' '}
      <button type="button" onClick={onDone}>
        Cancel
      </button>
    </form>
  );
}

function inputOf(form: FormData) {
  const text = (name: string) => form.get(name) as string;
  return { name: text('name'), priceShmeckles: text('price'), stock: Number(text('stock')) };
}

async function readNow(product: Product): Promise<Product> {
  const { data } = await client.query({
    query: PRODUCT_NOW,
    variables: { id: product.id },
    fetchPolicy: 'network-only',
  });
  return data?.product ?? product;
}
