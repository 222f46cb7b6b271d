import { endpoint } from './endpoint.js';
import { registeredOperations } from './registered-operations.js';

/** Who the explorer sends operations as. */
export interface Session {
  readonly accessToken: string;
  /** Absent where the token was pasted: then nothing renews it. */
  readonly refreshToken?: string;
  /** Absent where the token was pasted and it can't be asked whose it is. */
  readonly user?: { readonly username: string; readonly role: string };
}

const STORED = 'explorer-session';
const PAYLOAD = 'accessToken refreshToken user { username role }';

let session: Session | undefined = stored();
const listeners = new Set<() => void>();

/** The open session; undefined while nobody is signed in. */
export const currentSession = (): Session | undefined => session;

/** Calls back at each change. @returns what ends it */
export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** @throws Error with the API's message for a wrong sign-in */
export async function signIn(username: string, password: string): Promise<void> {
  const query = `mutation SignIn($username: String!, $password: String!) {
    login(username: $username, password: $password) { ${PAYLOAD} }
  }`;
  const { login } = await ask<{ login: Session }>(query, { username, password });
  keep(login);
}

/** Sends a token from elsewhere along. @throws Error with the API's message where it is not good */
export async function takeToken(accessToken: string): Promise<void> {
  if (registeredOperations() !== undefined) return keep({ accessToken });
  const { me } = await ask<{ me: Session['user'] }>('query WhoAmI { me { username role } }', {}, accessToken);
  keep({ accessToken, user: me });
}

/** Ends the session; here even where the service does not answer. */
export async function signOut(): Promise<void> {
  const { accessToken } = session ?? {};
  keep(undefined);
  if (accessToken) await ask('mutation SignOut { logout }', {}, accessToken).catch(() => undefined);
}

/** `fetch` as whoever is signed in; an access token that has expired is renewed once and the request sent again. */
export async function fetchAsViewer(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  // What is written in the editor of headers counts.
  if (!session || headers.has('authorization')) return fetch(input, init);
  const response = await send(input, init, session);
  if (!(await isExpired(response)) || !(await renew())) return response;
  return send(input, init, session);
}

function send(input: RequestInfo | URL, init: RequestInit, { accessToken }: Session): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${accessToken}`);
  return fetch(input, { ...init, headers });
}

async function isExpired(response: Response): Promise<boolean> {
  if (response.status !== 401) return false;
  const answer = (await response
    .clone()
    .json()
    .catch(() => ({}))) as Answer;
  return answer.errors?.[0]?.extensions?.code === 'TOKEN_EXPIRED';
}

/** @returns whether the session goes on */
async function renew(): Promise<boolean> {
  const { refreshToken } = session ?? {};
  if (!refreshToken) return false;
  try {
    const query = `mutation Refresh($refreshToken: String!) { refresh(refreshToken: $refreshToken) { ${PAYLOAD} } }`;
    keep((await ask<{ refresh: Session }>(query, { refreshToken })).refresh);
    return true;
  } catch {
    keep(undefined);
    return false;
  }
}

interface Answer<Data = unknown> {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

async function ask<Data>(query: string, variables: Record<string, unknown>, token?: string): Promise<Data> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as Answer<Data>;
  if (errors?.[0] || !data) throw new Error(errors?.[0]?.message ?? 'The service has not answered.');
  return data;
}

/** In this tab only, and until it is closed. */
function keep(next: Session | undefined): void {
  session = next;
  if (next) sessionStorage.setItem(STORED, JSON.stringify(next));
  else sessionStorage.removeItem(STORED);
  for (const listener of listeners) listener();
}

function stored(): Session | undefined {
  const text = sessionStorage.getItem(STORED);
  return text ? (JSON.parse(text) as Session) : undefined;
}
