/** The parts of a PostgreSQL URL that may name several servers, as libpq's do. */
const URL_OF_HOSTS = /^(postgres(?:ql)?:\/\/(?:[^@/?]*@)?)([^/?]+)(.*)$/;

/**
 * A URL for each of the servers that a URL names, in their order: `postgres://shop@db1:5432,db2:5432/shop`.
 * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS
 */
export function urlsOfHosts(url: string): [string, ...string[]] {
  const [, before = '', hosts = '', after = ''] = URL_OF_HOSTS.exec(url) ?? [];
  const [first = '', ...others] = hosts.split(',').map((host) => `${before}${host}${after}`);
  return others.length === 0 ? [url] : [first, ...others];
}
