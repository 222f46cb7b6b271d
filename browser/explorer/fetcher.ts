import { createGraphiQLFetcher, type FetcherParams } from '@graphiql/toolkit';
import { createClient } from 'graphql-ws';
import { endpoint, webSocketEndpoint } from './endpoint.js';
import { loadRegisteredOperations } from './registered-operations.js';
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
  const message = await whyWithoutSchema(response.status, answer);
  return message ? { errors: [{ message }] } : answer;
}

async function whyWithoutSchema(status: number, answer: { errors?: { extensions?: Record<string, unknown> }[] }) {
  if (answer.errors?.[0]?.extensions?.validationErrorCode === 'INTROSPECTION_DISABLED') {
    return 'This service keeps its schema to itself: nothing is completed or documented here, but operations run.';
  }
  if (status === 403 && (await loadRegisteredOperations())) {
    return 'This service answers registered operations only, each as it was registered, with any variables: nothing is completed or documented here.';
  }
  return undefined;
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
