import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { relayStylePagination } from '@apollo/client/utilities';
import { currentViewer } from './viewer';

const signedIn = new SetContextLink(({ headers }) => {
  const viewer = currentViewer();
  return { headers: { ...headers, ...(viewer && { authorization: `Bearer ${viewer.accessToken}` }) } };
});

/** The API behind a normalised cache; the pages of one filter and order are one list in it. */
export const client = new ApolloClient({
  link: ApolloLink.from([signedIn, new HttpLink({ uri: '/graphql' })]),
  cache: new InMemoryCache({
    typePolicies: { Query: { fields: { products: relayStylePagination(['filter', 'orderBy']) } } },
  }),
});

/** The code that the API gave an error, or undefined where the API was not reached. */
export function codeOf(error: unknown): unknown {
  return CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions?.code : undefined;
}
