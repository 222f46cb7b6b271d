import { exampleOperations } from '../bundled-operations.js';

/** @see https://www.apollographql.com/docs/graphos/platform/sandbox#embedding-sandbox */
const SANDBOX = 'https://embeddable-sandbox.cdn.apollographql.com/v2/embeddable-sandbox.umd.production.min.js';

/** Where the frame comes from that the script makes. */
const FRAME = 'https://sandbox.embed.apollographql.com';

/** How long a person looks at an empty page before the page says what is wrong; it goes on loading meanwhile. */
const PATIENCE_MS = 8000;

declare global {
  interface Window {
    EmbeddedSandbox?: new (options: Record<string, unknown>) => unknown;
  }
}

const notice = document.querySelector('#notice') as HTMLElement;
const tooLate = setTimeout(sayAway, PATIENCE_MS);

const script = document.createElement('script');
script.src = SANDBOX;
script.addEventListener('load', openSandbox);
script.addEventListener('error', sayAway);
document.head.append(script);

// The frame speaks first. A frame that could not be loaded says nothing, but counts as loaded.
addEventListener('message', ({ origin }) => {
  if (origin !== FRAME) return;
  clearTimeout(tooLate);
  document.body.classList.add('open');
});

function openSandbox(): void {
  if (!window.EmbeddedSandbox) return sayAway();
  // oxlint-disable-next-line no-new -- it draws itself into its target
  new window.EmbeddedSandbox({
    target: '#sandbox',
    initialEndpoint: new URL('graphql', location.href).href,
    initialSubscriptionEndpoint: new URL('graphql', location.href).href.replace(/^http/, 'ws'),
    endpointIsEditable: false,
    hideCookieToggle: true,
    runTelemetry: false,
    // The policy forbids them; landing.css has what the frame needs.
    allowDynamicStyles: false,
    initialState: {
      includeCookies: false,
      document: examples(),
      pollForSchemaUpdates: false,
    },
  });
}

/** All of them as one document, which becomes a part of the frame's address: a tab is shorter there than spaces, and servers take 8 KB. */
const examples = () =>
  exampleOperations
    .map(({ text }) => text)
    .join('\n\n')
    .replaceAll('  ', '\t');

function sayAway(): void {
  clearTimeout(tooLate);
  notice.textContent = "Apollo Sandbox can't be reached: it comes from Apollo's servers. The explorer needs none.";
  notice.setAttribute('role', 'alert');
}
