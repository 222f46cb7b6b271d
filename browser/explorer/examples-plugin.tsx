import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react';
import { Kind, parse } from 'graphql';
import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { exampleOperations } from '../bundled-operations.js';
import type { ExampleOperation } from '../operations.js';
import { onRegisteredOperations, registeredOperations, type RegisteredOperations } from './registered-operations.js';

/**
 * The example operations in GraphiQL's side pane, or those that are registered where no others are answered; one that is
 * chosen opens in a tab of its own.
 */
export const examplesPlugin: GraphiQLPlugin = { title: 'Examples', icon: ExamplesIcon, content: Examples };

const HEADINGS = { query: 'Read', mutation: 'Change', subscription: 'Watch' } as const;

function Examples() {
  const registered = useSyncExternalStore(onRegisteredOperations, registeredOperations);
  const open = useOpenInTab();
  if (registered === undefined) return <Operations heading="Examples" operations={exampleOperations} open={open} />;
  return (
    <Operations heading="Registered operations" operations={registered ?? []} open={open}>
      <p>{describe(registered)}</p>
    </Operations>
  );
}

function describe(registered: RegisteredOperations): string {
  if (!registered) return 'No others are answered. Which these are is told where introspection is: INTROSPECTION=true.';
  if (registered.length === 0) return 'No others are answered, and none is registered yet: catalog operations add.';
  return 'No others are answered: what is changed in the text is refused. Variables are free.';
}

interface OperationsProps {
  readonly heading: string;
  readonly operations: readonly ExampleOperation[];
  readonly open: (text: string) => void;
  readonly children?: ReactNode;
}

function Operations({ heading, operations, open, children }: OperationsProps) {
  const kinds = (Object.keys(HEADINGS) as (keyof typeof HEADINGS)[]).map((kind) => ({
    kind,
    ofKind: operations.filter((operation) => operation.kind === kind),
  }));
  return (
    <section className="examples" aria-label={heading}>
      <h2>{heading}</h2>
      {children}
      {kinds
        .filter(({ ofKind }) => ofKind.length > 0)
        .map(({ kind, ofKind }) => (
          <section key={kind}>
            <h3>{HEADINGS[kind]}</h3>
            <ul>
              {ofKind.map(({ title, description, text }) => (
                <li key={text}>
                  <button type="button" onClick={() => open(text)}>
                    <strong>{title}</strong>
                    <span>{description}</span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        ))}
    </section>
  );
}

/** Opens a text in a new tab, or in the one where it stands unchanged already; as soon as there are editors to show it. */
function useOpenInTab(): (text: string) => void {
  const [wanted, setWanted] = useState<string>();
  const actions = useGraphiQLActions();
  const tabs = useGraphiQL((state) => state.tabs);
  const editor = useGraphiQL((state) => state.queryEditor);
  // A tab that is left takes along what its editors hold: with one missing, it would lose that.
  const isReady = useGraphiQL((state) =>
    Boolean(state.queryEditor && state.variableEditor && state.headerEditor && state.responseEditor),
  );
  useEffect(() => {
    if (wanted === undefined || !editor || !isReady) return;
    setWanted(undefined);
    const open = tabs.findIndex(({ query }) => query === wanted);
    if (open >= 0) {
      actions.changeTab(open);
    } else {
      actions.addTab();
      editor.setValue(wanted);
    }
    // GraphiQL finds out by itself a moment later; who runs it at once would send the name of the one before.
    const documentAST = parse(wanted);
    const operations = documentAST.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
    actions.setOperationFacts({ documentAST, operations, operationName: operations[0]?.name?.value });
    editor.focus();
  }, [wanted, editor, isReady, tabs, actions]);
  return setWanted;
}

function ExamplesIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M12 5.5C10 4 7 3.5 3 3.5v15c4 0 7 .5 9 2 2-1.5 5-2 9-2v-15c-4 0-7 .5-9 2Zm0 0v15" />
    </svg>
  );
}
