import { useMutation } from '@apollo/client/react';
import { type FormEvent, useSyncExternalStore } from 'react';
import { SIGN_IN } from './operations';
import { currentViewer, onViewerChange, setViewer } from './viewer';

export function SignIn() {
  const viewer = useSyncExternalStore(onViewerChange, currentViewer);
  const [signIn, { loading, error }] = useMutation(SIGN_IN);

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => form.get(name) as string;
    const variables = { username: text('username'), password: text('password') };
    // What goes wrong is in `error`.
    const answer = await signIn({ variables }).catch(() => undefined);
    if (answer?.data) setViewer(answer.data.login);
  }

  if (viewer) {
    return (
      <p className="viewer">
        {viewer.user.username} ({viewer.user.role.toLowerCase()}){' '}
        <button type="button" onClick={() => setViewer(undefined)}>
          Sign out
        </button>
      </p>
    );
  }
  return (
    <form className="viewer" onSubmit={(event) => void submit(event)}>
      <input name="username" aria-label="Username" placeholder="Username" autoComplete="username" required />
      <input
        name="password"
        type="password"
        aria-label="Password"
        placeholder="Password"
        autoComplete="current-password"
        required
      />
      <button type="submit" disabled={loading}>
        Sign in
      </button>
      {error && <span role="alert">{error.message}</span>}
    </form>
  );
}
