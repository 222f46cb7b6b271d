import { useQuery } from '@apollo/client/react';
import { useEffect, useState } from 'react';
import { CATEGORIES, type ProductFilter } from './operations';

/** How long a visitor has to stop typing before the list follows. */
const PAUSE_MS = 200;

interface Props {
  filter: ProductFilter;
  onChange: (filter: ProductFilter) => void;
}

export function Filters({ filter, onChange }: Props) {
  const { data } = useQuery(CATEGORIES);
  const [words, setWords] = useState('');
  useEffect(() => {
    const search = words.trim() || undefined;
    if (search === filter.search) return undefined;
    const pause = setTimeout(() => onChange({ ...filter, search }), PAUSE_MS);
    return () => clearTimeout(pause);
  }, [words, filter, onChange]);
  return (
    <form className="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <label>
        Search <input type="search" value={words} onChange={(event) => setWords(event.target.value)} />
      </label>
      <label>
        Category{' '}
        <select
          value={filter.categoryId ?? ''}
          onChange={(event) => onChange({ ...filter, categoryId: event.target.value || undefined })}
        >
          <option value="">All</option>
          {data?.categoryTree.map(({ id, name, depth }) => (
            <option key={id} value={id}>
              {'\u2003'.repeat(depth)}
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        <input
          type="checkbox"
          checked={filter.inStock ?? false}
          onChange={(event) => onChange({ ...filter, inStock: event.target.checked || undefined })}
        />{' '}
        In stock
      </label>
    </form>
  );
}
