import { Kind, parse } from 'graphql';
import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { exampleOperations } from '../bundled-operations.js';
import type { ExampleOperation } from '../operations.js';

/** The example operations in GraphiQL's side pane; one that is chosen opens in a tab of its own. */
export const examplesPlugin: GraphiQLPlugin = { title: 'Examples', icon: ExamplesIcon, content: Examples };

const HEADINGS = { query: 'Read', mutation: 'Change', subscription: 'Watch' } as const;

function Examples() {
  const kinds = (Object.keys(HEADINGS) as (keyof typeof HEADINGS)[]).map((kind) => ({
    kind,
    operations: exampleOperations.filter((operation) => operation.kind === kind),
  }));
  return (
    <section className="examples" aria-label="Examples">
      <h2>Examples</h2>
      {kinds
        .filter(({ operations }) => operations.length > 0)
        .map(({ kind, operations }) => (
          <section key={kind}>
            <h3>{HEADINGS[kind]}</h3>
            <ul>
              {operations.map((operation) => (
                <Example key={operation.title} operation={operation} />
              ))}
            </ul>
          </section>
        ))}
    </section>
  );
}

function Example({ operation }: { operation: ExampleOperation }) {
  const open = useOpenInTab();
  return (
    <li>
      <button type="button" onClick={() => open(operation.text)}>
        <strong>{operation.title}</strong>
        <span>{operation.description}</span>
      </button>
    </li>
  );
}

/** Opens a text in a new tab, or in the one where it stands unchanged already. */
function useOpenInTab(): (text: string) => void {
  const actions = useGraphiQLActions();
  const tabs = useGraphiQL((state) => state.tabs);
  const editor = useGraphiQL((state) => state.queryEditor);
  return (text) => {
    const open = tabs.findIndex(({ query }) => query === text);
    if (open >= 0) return actions.changeTab(open);
    actions.addTab();
    editor?.setValue(text);
    // GraphiQL finds out by itself a moment later; who runs it at once would send the name of the one before.
    const documentAST = parse(text);
    const operations = documentAST.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
    actions.setOperationFacts({ documentAST, operations, operationName: operations[0]?.name?.value });
    editor?.focus();
  };
}

function ExamplesIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M12 5.5C10 4 7 3.5 3 3.5v15c4 0 7 .5 9 2 2-1.5 5-2 9-2v-15c-4 0-7 .5-9 2Zm0 0v15" />
    </svg>
  );
}
