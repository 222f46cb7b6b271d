import { GraphiQL } from 'graphiql';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { exampleOperations } from '../bundled-operations.js';
import { examplesPlugin } from './examples-plugin.jsx';
import { fetcher } from './fetcher.js';
import { SignIn } from './sign-in.jsx';

const defaultTabs = exampleOperations.slice(0, 1).map(({ text }) => ({ query: text }));

/** Where a screen has no room for both, the operation comes first. */
const firstPane = matchMedia('(min-width: 900px)').matches ? examplesPlugin : undefined;

/** GraphiQL with the example operations beside it and who is signed in above it. */
export function Explorer() {
  return (
    <>
      <header className="bar">
        <h1>graphql-catalog</h1>
        <nav>
          <a href="reference">Reference</a>
        </nav>
        <SignIn />
      </header>
      <main>
        <GraphiQL
          fetcher={fetcher}
          plugins={[examplesPlugin, HISTORY_PLUGIN]}
          visiblePlugin={firstPane}
          defaultTabs={defaultTabs}
          defaultQuery=""
        />
      </main>
    </>
  );
}
