import { searchableWords } from '../shared/search-words.js';
import { foldCase } from '../shared/text.js';

/** What of a product is told by its texts. */
interface ProductText {
  name: string;
  description?: string | null;
}

/** What lists are sorted by and parts of names are found in. */
export const nameKeyOf = ({ name }: Pick<ProductText, 'name'>): string => foldCase(name);

/** What is searched. */
export const searchWordsOf = ({ name, description }: ProductText): string => searchableWords(name, description);
