import { ApolloProvider } from '@apollo/client/react';
import { createRoot } from 'react-dom/client';
import { client } from './client';
import { Shop } from './shop';
import './shop.css';

createRoot(document.querySelector('#shop') as HTMLElement).render(
  <ApolloProvider client={client}>
    <Shop />
  </ApolloProvider>,
);
