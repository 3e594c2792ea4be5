import { live } from './live';

export interface Person {
  readonly userId: string;
  readonly name: string;
  readonly isEditing: boolean;
}

export interface Place {
  /** A record type, or `artefacts` with the id `kind/key`. */
  readonly type: string;
  readonly id: string;
}

interface Told {
  readonly subject: Place;
  readonly people: readonly Person[];
}

/** The service forgets who has said nothing for twelve seconds. */
const SayEvery = 5000;

/** The focus goes from one field to the next by way of none; that is no news. */
const SayAfter = 300;

const Nobody: readonly Person[] = [];

/**
 * Who else has before them what this tab shows, and whether they edit it. Each says so again and again, so that nobody stays
 * who has gone without a word. A tab that is hidden looks at nothing.
 */
class Presence {
  private place: Place | null = null;
  private edits = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly watchers = new Set<() => void>();

  /** Everybody there, oneself included. */
  people = Nobody;

  constructor() {
    live.onMessage<Told>('presence', told => this.take(told));
    live.watch(() => live.state === 'live' ? this.later(0) : this.show(Nobody));
    document.addEventListener('visibilitychange', () => this.later(0));
  }

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** Until the answer is called. */
  look(place: Place): () => void {
    this.place = place;
    this.later(0);
    return () => {
      if (this.place !== place) return;
      this.place = null;
      this.show(Nobody);
      this.later(0);
    };
  }

  /** Until the answer is called; several may be at once. */
  edit(): () => void {
    this.edits++;
    this.later(SayAfter);
    return () => {
      this.edits--;
      this.later(SayAfter);
    };
  }

  private later(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.say(), milliseconds);
  }

  private async say(): Promise<void> {
    const place = document.visibilityState === 'visible' ? this.place : null;
    if (place) this.later(SayEvery);
    try {
      const told = await live.ask<Told>('look', place?.type ?? null, place?.id ?? null, this.edits > 0);
      if (told) this.take(told);
    } catch {
      this.show(Nobody); // the connection has just gone, or one may not know: then nothing is known
    }
  }

  private take({ subject, people }: Told): void {
    if (subject.type === this.place?.type && subject.id === this.place.id) this.show(people);
  }

  private show(people: readonly Person[]): void {
    if (people.length === 0 && this.people.length === 0) return;
    this.people = people;
    for (const watcher of this.watchers) watcher();
  }
}

export const presence = new Presence();
