import type { Logger } from 'pino';
import type { Config } from '../config.js';
import type { Database } from '../database/database.js';
import type { ChannelSource } from './channel.js';
import { pruneDelivered } from './prune-delivered.js';
import { pauseUnserved } from './unserved-channels.js';
import { HOUR, MINUTE, SECOND } from '../shared/durations.js';

/** What keeps the tables small: done now and then, beside the sending. */
export class Upkeep {
  private prunesAt = 0;
  /** Not at once: who serves a channel that this process does not may have to start first. */
  private pausesAt = Date.now() + HOUR;

  constructor(
    private readonly database: Database,
    private readonly channels: ChannelSource,
    private readonly config: Config['delivery'],
    private readonly log: Logger,
  ) {}

  /** Does what is due of it. */
  async tidy(): Promise<void> {
    if (Date.now() >= this.prunesAt) await this.prune();
    if (Date.now() >= this.pausesAt) await this.pause();
  }

  private async prune(): Promise<void> {
    const { retentionDays } = this.config;
    const isDone = retentionDays === 0 || (await pruneDelivered(this.database, retentionDays));
    this.prunesAt = Date.now() + (isDone ? MINUTE : SECOND);
  }

  private async pause(): Promise<void> {
    this.pausesAt = Date.now() + HOUR;
    const paused = await pauseUnserved(this.database, this.channels, this.config.giveUpHours);
    if (paused.length > 0) this.log.warn({ channels: paused }, 'Nobody sends there any more: paused');
  }
}
