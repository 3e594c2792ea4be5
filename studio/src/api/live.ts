import type { HubConnection } from '@microsoft/signalr';
import type { Query } from '@tanstack/react-query';
import { queryClient } from './query';
import { markGone } from './records';
import { session } from './session';

export interface LiveEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: { readonly type: string; readonly id: string } | null;
  readonly data: unknown;
  readonly at: string;
  readonly cursor: string;
}

/** `lost`: it was there, and is being sought. */
export type LiveState = 'off' | 'connecting' | 'live' | 'lost';

const Pauses = [0, 1000, 2000, 5000, 10_000];

/** Counts are read again so long after an event, and not before they have been. */
const CountsAfter = 1500;

/**
 * The events of the tenant, as they happen. After a lost connection it subscribes from the cursor of the last event, so
 * that nothing is missed; and whatever was read before the first subscription is read again, since an event may lie between.
 */
class Live {
  private connection: HubConnection | null = null;
  private cursor: string | null = null;
  private attempts = 0;
  private wanted = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly watchers = new Set<() => void>();
  private readonly listeners = new Set<(event: LiveEvent) => void>();
  private readonly messages = new Map<string, (message: never) => void>();
  private readonly counts = new Recount();

  state: LiveState = 'off';

  /** Whether an event is told of; the listener is called for every one of the tenant that the person may read. */
  onEvent(listener: (event: LiveEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** A message of the service that is no event, whichever connection it comes by. */
  onMessage<T>(name: string, listener: (message: T) => void): void {
    this.messages.set(name, listener);
    this.connection?.on(name, listener);
  }

  /** What the service answers to a call over the connection; null while there is none. */
  async ask<T>(method: string, ...values: readonly unknown[]): Promise<T | null> {
    return this.state === 'live' && this.connection ? this.connection.invoke<T>(method, ...values) : null;
  }

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.become('connecting');
    void this.connect();
  }

  stop(): void {
    this.wanted = false;
    this.cursor = null;
    this.attempts = 0;
    clearTimeout(this.timer);
    this.become('off');
    const { connection } = this;
    this.connection = null;
    void connection?.stop();
  }

  private async connect(): Promise<void> {
    // Not needed to draw a page, and so not among the first scripts.
    const { HttpTransportType, HubConnectionBuilder, LogLevel } = await import('@microsoft/signalr');
    if (!this.wanted) return;
    const connection = new HubConnectionBuilder()
      .withUrl('/hubs/live', { accessTokenFactory: async () => await session.token() ?? '', skipNegotiation: true, transport: HttpTransportType.WebSockets })
      .configureLogging(LogLevel.None) // the state is shown to the person; a lost connection is no error of the page
      .build();
    this.connection = connection;
    connection.on('event', (event: LiveEvent) => this.receive(event));
    for (const [name, listener] of this.messages) connection.on(name, listener);
    connection.onclose(() => this.lose(connection));
    try {
      await connection.start();
      const since = Date.now();
      await connection.invoke('subscribe', ['*'], this.cursor);
      this.attempts = 0;
      if (this.cursor === null)
        await queryClient.invalidateQueries({ predicate: query => query.state.dataUpdatedAt < since && !isOnce(query) });
      if (this.connection === connection) this.become('live');
    } catch {
      // Whatever it was, the way is to try again: the state says so, and the session looks after a refused token.
      await connection.stop();
      this.lose(connection);
    }
  }

  private receive(event: LiveEvent): void {
    this.cursor = event.cursor;
    if (event.subject && event.type === `${event.subject.type}.deleted`) markGone(event.subject.type, event.subject.id);
    if (event.subject) {
      void queryClient.invalidateQueries({ predicate: query => concerns(query.queryKey, event) });
      this.counts.of(event.subject.type);
    }
    for (const listener of this.listeners) listener(event);
  }

  private lose(connection: HubConnection): void {
    if (this.connection !== connection || !this.wanted) return;
    this.connection = null;
    this.become('lost');
    const pause = Pauses[Math.min(this.attempts++, Pauses.length - 1)] ?? 10_000;
    this.timer = setTimeout(() => void this.connect(), pause + Math.random() * 500); // not all tabs of all people at once
  }

  private become(state: LiveState): void {
    if (this.state === state) return;
    this.state = state;
    for (const watcher of this.watchers) watcher();
  }
}

/** A list of the type, or the record itself unless it is no more: `['records', type, 'list' | id, …]`. */
export function concerns(key: readonly unknown[], { type: name, subject }: Pick<LiveEvent, 'type' | 'subject'>): boolean {
  const [kind, type, what] = key;
  if (kind !== 'records' || subject === null || type !== subject.type) return false;
  return what === subject.id ? name !== `${subject.type}.deleted` : typeof what !== 'string' || what === 'list';
}

/**
 * How many records a list has, `['records', type, 'count', …]`, costs the service the whole list: it follows the events of the
 * type together and not each, however many come.
 */
export class Recount {
  private readonly changed = new Set<string>();
  private isDue = false;

  of(type: string): void {
    this.changed.add(type);
    if (this.isDue) return;
    this.isDue = true;
    setTimeout(() => void this.run(), CountsAfter);
  }

  private async run(): Promise<void> {
    const types = [...this.changed];
    this.changed.clear();
    await Promise.all(types.map(type => queryClient.invalidateQueries({ queryKey: ['records', type, 'count'] })));
    this.isDue = false;
    for (const type of [...this.changed]) this.of(type);
  }
}

/** Read once, and again only when a person says so, also after it has failed: such as what the service says of a file that is sent to it. */
function isOnce(query: Query): boolean {
  return query.observers.some(observer => observer.options.staleTime === 'static');
}

export const live = new Live();
