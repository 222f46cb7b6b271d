import { type FormEvent, type KeyboardEvent, useState, useSyncExternalStore } from 'react';
import { onRegisteredOperations, registeredOperations } from './registered-operations.js';
import { currentSession, onSessionChange, type Session, signIn, signOut, takeToken } from './session.js';

/** Who is signed in, and the way in and out. */
export function SignIn() {
  const session = useSyncExternalStore(onSessionChange, currentSession);
  return (
    // A new one, which is closed, once somebody has come or gone.
    <details className="sign-in" key={session?.user?.username} onKeyDown={closeOnEscape}>
      <summary>{session ? describe(session) : 'Sign in'}</summary>
      <div className="panel">{session ? <SignedIn session={session} /> : <SignedOut />}</div>
    </details>
  );
}

function closeOnEscape({ key, currentTarget }: KeyboardEvent<HTMLDetailsElement>): void {
  if (key !== 'Escape') return;
  currentTarget.open = false;
  currentTarget.querySelector('summary')?.focus();
}

const describe = ({ user }: Session) => (user ? `${user.username} · ${user.role}` : 'A token');

function SignedOut() {
  const registered = useSyncExternalStore(onRegisteredOperations, registeredOperations);
  const [problem, setProblem] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const submit = (event: FormEvent<HTMLFormElement>, send: (form: FormData) => Promise<void>) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    send(new FormData(event.currentTarget))
      .catch((error: Error) => setProblem(error.message))
      .finally(() => setBusy(false));
  };
  return (
    <fieldset disabled={isBusy}>
      {registered === undefined ? (
        <form onSubmit={(event) => submit(event, (form) => signIn(textOf(form, 'username'), textOf(form, 'password')))}>
          <label>
            Username <input name="username" autoComplete="username" required />
          </label>
          <label>
            Password <input name="password" type="password" autoComplete="current-password" required />
          </label>
          <button type="submit">Sign in</button>
        </form>
      ) : (
        <p>The explorer's own way to sign in is not registered here.</p>
      )}
      <form onSubmit={(event) => submit(event, (form) => takeToken(bare(textOf(form, 'token'))))}>
        <label>
          {registered === undefined ? 'Or an access token' : 'An access token'}{' '}
          <input name="token" autoComplete="off" spellCheck={false} required />
        </label>
        <button type="submit">Use it</button>
      </form>
      {problem && <p role="alert">{problem}</p>}
    </fieldset>
  );
}

function SignedIn({ session }: { session: Session }) {
  return (
    <>
      <label>
        Sent with each operation
        <input
          readOnly
          value={`Bearer ${session.accessToken}`}
          aria-label="Authorization"
          onFocus={(event) => event.target.select()}
        />
      </label>
      <p>{session.refreshToken ? 'It is renewed when it expires. ' : ''}Closing this tab forgets it.</p>
      <button type="button" onClick={() => void signOut()}>
        Sign out
      </button>
    </>
  );
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}

/** A token as people copy it: with or without the scheme. */
const bare = (token: string) => token.trim().replace(/^Bearer\s+/i, '');
