import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import type { Database } from '../database/database.js';
import { unitOfWork } from '../database/unit-of-work.js';
import type { EventSignal } from '../event/event-feed.js';
import type { Tried } from './attempt.js';
import type { ChannelSource } from './channel.js';
import { openChannel } from './channel.writes.js';
import { type IdleChannel, idleChannelsReader } from './due-channels.js';
import { releaseEnded } from './lease.js';
import { reportOutcome } from './report-outcome.js';
import { type Service, serveStep, type Step } from './serve.js';
import { Upkeep } from './upkeep.js';
import { newWorkerName } from './worker-name.js';
import { SECOND } from '../shared/durations.js';

/** How often it looks although nobody has woken it: not all that others write is told. */
const POLL = SECOND;
/** What is committed within this time is looked at together. */
const NAP = 30;
/** How long a channel is left alone that could not be served for a reason of its own. */
const TROUBLE = 5 * SECOND;
/** How long a try, and noting it, is waited for before somebody else may take over: in timeouts of a try. */
const LEASE_TIMEOUTS = 3;

/**
 * Sends what the outbox holds, to each channel in order and to all of them at once. It keeps nothing in memory that a
 * crash could lose: what is to be sent, and what became of it, are rows.
 */
export class DeliveryWorker {
  private readonly service: Service;
  private readonly idleChannels: (now: Date) => Promise<IdleChannel[]>;
  private readonly upkeep: Upkeep;
  private readonly serving = new Map<string, Promise<void>>();
  /** Channels whose new events wait for others: there is no need to look at them before. */
  private readonly restsUntil = new Map<string, Date>();
  private readonly troubledUntil = new Map<string, Date>();
  private readonly interrupted = new AbortController();
  private running: Promise<void> | undefined;
  private isStopping = false;
  private isWoken = false;
  private isCutOff = false;
  /** Where nobody is to be told, nothing that happens is a reason to look. */
  private hasChannels = true;
  private deafen = () => {};
  /** Ends hearing of the commits of other processes. */
  private endSignal: (() => Promise<void>) | undefined;
  private alarm = new AbortController();

  constructor(
    private readonly database: Database,
    private readonly channels: ChannelSource,
    private readonly config: Config['delivery'],
    private readonly log: Logger,
    /** Of events, whichever process has committed them. */
    private readonly signal: EventSignal,
    private readonly poll = POLL,
  ) {
    this.service = {
      dialect: database.dialect,
      channels,
      lease: { holder: newWorkerName(), seconds: LEASE_TIMEOUTS * config.timeoutSeconds },
      giveUpHours: config.giveUpHours,
    };
    this.idleChannels = idleChannelsReader(database);
    this.upkeep = new Upkeep(database, channels, config, log);
  }

  /** Opens the channels that are configured, and begins where an earlier process of this system may have died. */
  async start(): Promise<void> {
    await unitOfWork(this.database, (em) => releaseEnded(em, this.service.lease));
    for (const name of this.channels.configured) await unitOfWork(this.database, (em) => openChannel(em, name));
    this.running ??= this.run();
    this.deafen = this.database.onCommit(() => {
      if (this.hasChannels) this.wake();
    });
  }

  /**
   * Takes nothing more, and ends once what is being sent has been noted.
   * @param graceSeconds how long that may take; what takes longer is interrupted, and noted as such
   */
  async stop(graceSeconds: number): Promise<void> {
    this.isStopping = true;
    this.deafen();
    this.alarm.abort();
    const cutOff = setTimeout(() => this.interrupted.abort(), graceSeconds * SECOND);
    await this.running;
    await Promise.all(this.serving.values());
    await this.endSignal?.();
    clearTimeout(cutOff);
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      let pause = this.poll;
      try {
        pause = await this.look();
        await this.upkeep.tidy();
        this.isCutOff = false;
      } catch (error) {
        // Once, not each second of an outage.
        if (!this.isCutOff) this.log.warn({ err: error }, 'The outbox can not be read for the moment: trying again');
        this.isCutOff = true;
      }
      await this.pause(pause);
    }
  }

  /** Serves every channel with something to do. @returns how long there will be nothing, in milliseconds */
  private async look(): Promise<number> {
    this.isWoken = false;
    const now = new Date();
    let next = this.poll;
    const idle = await this.idleChannels(now);
    this.hasChannels = idle.length > 0 || this.serving.size > 0;
    if (this.hasChannels) this.endSignal ??= this.signal(() => this.wake());
    for (const channel of idle) {
      if (this.serving.has(channel.name) || !this.channels.serves(channel.name)) continue;
      const wait = this.waitOf(channel, now);
      if (wait <= 0) this.serve(channel.name);
      else next = Math.min(next, wait);
    }
    return next;
  }

  private waitOf({ name, isBehind, dueAt }: IdleChannel, now: Date): number {
    const plannedAt = isBehind ? (this.restsUntil.get(name) ?? now) : undefined;
    const waits = [plannedAt, dueAt].filter((at) => at !== undefined).map((at) => at.getTime() - now.getTime());
    const trouble = (this.troubledUntil.get(name) ?? now).getTime() - now.getTime();
    return Math.max(trouble, waits.length === 0 ? this.poll : Math.min(...waits));
  }

  /** Lets it look at once. */
  private wake(): void {
    this.isWoken = true;
    this.alarm.abort();
  }

  private async pause(milliseconds: number): Promise<void> {
    this.alarm = new AbortController();
    if (this.isStopping) return;
    if (!this.isWoken) await sleep(milliseconds, undefined, { signal: this.alarm.signal }).catch(() => undefined);
    if (this.isWoken && !this.isStopping) await sleep(NAP);
  }

  private serve(name: string): void {
    this.restsUntil.delete(name);
    this.troubledUntil.delete(name);
    const served = this.serveAll(name)
      .catch((error: unknown) => {
        this.troubledUntil.set(name, new Date(Date.now() + TROUBLE));
        this.log.error({ err: error, channel: name }, 'A channel could not be served: trying again');
      })
      .finally(() => {
        this.serving.delete(name);
        this.wake();
      });
    this.serving.set(name, served);
  }

  /** Sends all that is due on a channel, one after another. */
  private async serveAll(name: string): Promise<void> {
    let tried: Tried | undefined;
    for (;;) {
      const step = await this.step(name, tried);
      if (tried && step.noted) reportOutcome(this.log, name, tried, step.noted);
      tried = undefined;
      if (step.kind === 'rest') {
        if (step.until) this.restsUntil.set(name, step.until);
        return;
      }
      if (step.kind === 'send') tried = await this.send(step);
    }
  }

  private async send({ channel, delivery }: Step & { kind: 'send' }): Promise<Tried> {
    const signal = AbortSignal.any([AbortSignal.timeout(this.config.timeoutSeconds * SECOND), this.interrupted.signal]);
    return { delivery, outcome: await channel.send(delivery, signal) };
  }

  /** A step, again and again while the database is away: what was sent must be noted, or it is sent twice. */
  private async step(name: string, tried: Tried | undefined): Promise<Step> {
    for (;;) {
      try {
        return await unitOfWork(this.database, (em) => serveStep(em, name, this.service, tried, this.isStopping));
      } catch (error) {
        if (!tried || this.interrupted.signal.aborted) throw error;
        this.log.warn({ err: error, channel: name }, 'What was sent could not be noted: trying again');
        await sleep(SECOND / 4);
      }
    }
  }
}
