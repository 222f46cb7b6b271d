import type { BrowserContext } from 'playwright-core';

const SCRIPT = 'https://embeddable-sandbox.cdn.apollographql.com';
const FRAME = 'https://sandbox.embed.apollographql.com';
const STUDIO = 'https://studio.apollographql.com';

/**
 * What Apollo's script does with a page, in short: a frame with the options in its address, and a relay that sends what
 * is run there on the frame's behalf.
 * @see https://github.com/apollographql/embeddable-explorer/tree/main/packages/sandbox
 */
const SCRIPT_TEXT = `window.EmbeddedSandbox = class {
  constructor({ target, initialEndpoint, initialSubscriptionEndpoint, endpointIsEditable, hideCookieToggle, allowDynamicStyles, initialState }) {
    const options = {
      endpoint: initialEndpoint,
      subscriptionEndpoint: initialSubscriptionEndpoint,
      endpointIsEditable,
      hideCookieToggle,
      defaultIncludeCookies: initialState.includeCookies,
      defaultDocument: encodeURIComponent(initialState.document),
    };
    const frame = document.createElement('iframe');
    frame.src = '${FRAME}/sandbox/explorer?' + Object.entries(options).map((pair) => pair.join('=')).join('&');
    if (allowDynamicStyles !== false) frame.setAttribute('style', 'height: 100%; width: 100%');
    const reply = (message) => frame.contentWindow.postMessage(message, '${FRAME}');
    addEventListener('message', async ({ origin, data }) => {
      if (origin !== '${FRAME}') return;
      if (data.name === 'ExplorerListeningForHandshake') reply({ name: 'HandshakeResponse', parentHref: location.href });
      if (data.name === 'ExplorerRequest') {
        const response = await fetch(data.endpointUrl, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query: data.operation }),
          credentials: data.includeCookies ? 'include' : 'omit',
        });
        reply({ name: 'ExplorerResponse', response: await response.json() });
      }
      if (data.name === 'ExplorerSubscriptionRequest') {
        const socket = new WebSocket(data.subscriptionUrl, 'graphql-transport-ws');
        socket.addEventListener('open', () => reply({ name: 'ExplorerSetSocketStatus', status: 'connected' }));
      }
    });
    document.querySelector(target).append(frame);
  }
};`;

/** A frame that shows what it was given and told, runs a query, subscribes, and opens a window to sign in. */
const FRAME_TEXT = `<!doctype html>
<title>Sandbox</title>
<button>Log in</button>
<p>waiting</p>
<pre></pre>
<script>
  const say = (text) => (document.querySelector('p').textContent += ' ' + text);
  const send = (message) => parent.postMessage(message, '*');
  const options = new URLSearchParams(location.search);
  const includeCookies = options.get('defaultIncludeCookies') === 'true';
  document.querySelector('pre').textContent = options.get('defaultDocument');
  document.querySelector('button').onclick = () => open('${STUDIO}/login');
  addEventListener('message', ({ data }) => {
    if (data.name === 'HandshakeResponse') {
      send({ name: 'ExplorerRequest', operation: '{ __typename }', endpointUrl: options.get('endpoint'), includeCookies });
      send({ name: 'ExplorerSubscriptionRequest', subscriptionUrl: options.get('subscriptionEndpoint') });
    }
    if (data.name === 'ExplorerResponse') say(JSON.stringify(data.response));
    if (data.name === 'ExplorerSetSocketStatus') say(data.status);
    if (data.name === 'SignedIn') say('signed in');
  });
  send({ name: 'ExplorerListeningForHandshake' });
</script>`;

const LOGIN_TEXT = `<script>opener.postMessage({ name: 'SignedIn' }, '${FRAME}'); close();</script>`;

/** Answers for Apollo's servers, as these do, to the pages of a browser and to the windows that they open. */
export async function serveApolloSandbox(context: BrowserContext): Promise<void> {
  const answers = [
    [SCRIPT, 'text/javascript', SCRIPT_TEXT],
    [FRAME, 'text/html', FRAME_TEXT],
    [STUDIO, 'text/html', LOGIN_TEXT],
  ] as const;
  for (const [host, contentType, body] of answers) {
    await context.route(`${host}/**`, (route) => route.fulfill({ contentType, body }));
  }
}
