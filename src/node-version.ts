/** The first major version of Node that SQLite's driver runs on; on an older one it ends the process without a word. */
const FIRST_MAJOR = 22;

/** Ends the process with a sentence on what to do, where Node is too old. */
export function assertNodeVersion(): void {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) >= FIRST_MAJOR) return;
  console.error(
    `Node.js ${node} is too old to run the service: it takes ${FIRST_MAJOR} or newer. ` +
      'npm and npx run it with the Node.js 24 that `npm ci` has brought: `npm start`, `npx catalog …`.',
  );
  process.exit(1);
}
