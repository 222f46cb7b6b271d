import { createGraphiQLFetcher } from '@graphiql/toolkit';
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

/** Sends what is run, as whoever is signed in: subscriptions by WebSocket, all else by HTTP. */
export const fetcher = createGraphiQLFetcher({
  url: endpoint.href,
  fetch: fetchAsViewer,
  wsClient: webSocket,
  // The service sends each answer whole.
  enableIncrementalDelivery: false,
});
