// Starts the built service as the load harness starts a peer: PORT, and DB (a file) or PG (a URL) in the environment.
// node bench/serve.mjs sqlite|postgresql

const [kind] = process.argv.slice(2);

Object.assign(process.env, {
  DATABASE_URL: kind === 'postgresql' ? process.env.PG : `sqlite:${process.env.DB}`,
  DATABASE_POOL_SIZE: '8',
  SQLITE_SYNCHRONOUS: process.env.SQLITE_SYNCHRONOUS ?? 'NORMAL',
  MIGRATE_ON_START: 'false',
  LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn',
});

// For the project's own load generator, which measures on any system.
if (process.send) {
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send({ cpuMs: (user + system) / 1000, rss: Math.round(process.memoryUsage.rss() / 1e6) });
  });
  process.channel.unref();
}

await import('../dist/src/main.js');
