/** Where the API answers: beside this page, whatever path a proxy puts both under. */
export const endpoint = new URL('graphql', location.href);

/** The same for subscriptions. */
export const webSocketEndpoint = new URL(endpoint);
webSocketEndpoint.protocol = endpoint.protocol === 'https:' ? 'wss:' : 'ws:';
