/** Who is signed in. */
export interface Viewer {
  readonly accessToken: string;
  readonly user: { readonly username: string; readonly role: 'USER' | 'CASHIER' | 'ADMIN' };
}

let viewer: Viewer | undefined;
const listeners = new Set<() => void>();

export const currentViewer = (): Viewer | undefined => viewer;

/** In memory only: a page that is loaded anew has nobody signed in. */
export function setViewer(next: Viewer | undefined): void {
  viewer = next;
  for (const listener of listeners) listener();
}

/** Calls back at each change. @returns what ends it */
export function onViewerChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
