import { createGraphiQLFetcher, type FetcherParams } from '@graphiql/toolkit';
import { createClient } from 'graphql-ws';
import { endpoint, webSocketEndpoint } from './endpoint.js';
import { currentSession, fetchAsViewer, onSessionChange } from './session.js';

/** Opened by the first subscription. */
const webSocket = createClient({
  url: webSocketEndpoint.href,
  connectionParams: () => {
    const session = currentSession();
    return session ? { authorization: `Bearer ${session.accessToken}` } : {};
  },
});

// A connection stays who it was opened as.
onSessionChange(() => webSocket.terminate());

/** Asks for the schema. Where the service keeps it to itself, a person learns what that means here. */
async function fetchSchema(params: FetcherParams) {
  const response = await fetchAsViewer(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(params),
  });
  const answer = await response.json();
  const isClosed = answer.errors?.[0]?.extensions?.validationErrorCode === 'INTROSPECTION_DISABLED';
  if (!isClosed) return answer;
  const message =
    'This service keeps its schema to itself: nothing is completed or documented here, but operations run.';
  return { errors: [{ message }] };
}

/** Sends what is run, as whoever is signed in: subscriptions by WebSocket, all else by HTTP. */
export const fetcher = createGraphiQLFetcher({
  url: endpoint.href,
  fetch: fetchAsViewer,
  wsClient: webSocket,
  schemaFetcher: fetchSchema,
  // The service sends each answer whole.
  enableIncrementalDelivery: false,
});
