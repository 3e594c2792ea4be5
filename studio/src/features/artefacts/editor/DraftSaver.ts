import { ApiError, type Answer } from '../../../api/client';
import type { ArtefactProblem, ArtefactText } from '../artefacts';
import { mergeLines, settled, type LineConflict } from './mergeLines';

/** `refused`: the text is not one of its kind yet, so that it is kept here and not there. */
export type SaveState = 'clean' | 'waiting' | 'saving' | 'saved' | 'refused' | 'failed';

export interface DraftIo {
  readonly save: (content: string, ifMatch: string | null) => Promise<Answer<ArtefactText>>;
  /** What the service has now: the draft, or what counts where there is none. */
  readonly read: () => Promise<Answer<ArtefactText>>;
  /** Which text each conflict shall have; null: not yet. */
  readonly ask: (conflicts: readonly LineConflict[]) => Promise<readonly string[] | null>;
  /** Somebody else's change has been joined with mine. */
  readonly onMerged: (content: string) => void;
  readonly onChange: () => void;
  /** The same text in lines that can be compared; left out where a text has such lines already. */
  readonly tidy?: (text: string) => string;
}

const SaveAfter = 700;
const AgainAfter = 5000;

/**
 * Saves what is typed, a moment later, against the version that was read. What somebody else saved meanwhile is joined with
 * it; what cannot be saved stays here and is tried again.
 */
export class DraftSaver {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | null = null;
  private text: string;
  private base: string;
  private etag: string | null;

  state: SaveState = 'clean';
  problems: readonly ArtefactProblem[] = [];
  error: unknown = null;
  /** Of what the service has of it; what was checked of another is no more. */
  hash: string;
  /** Whether the service has a draft; until something is typed there may be none. */
  hasDraft: boolean;

  constructor(read: Answer<ArtefactText>, private readonly io: DraftIo) {
    this.text = this.base = read.data.content;
    this.etag = read.etag;
    this.hash = read.data.hash;
    this.hasDraft = read.data.state === 'draft';
  }

  get isKept(): boolean { return this.text === this.base; }

  /** What is on the screen. */
  get current(): string { return this.text; }

  /** What the service has of it. */
  get kept(): string { return this.base; }

  change(text: string): void {
    if (text === this.text) return;
    this.text = text;
    this.become('waiting');
    this.later(SaveAfter);
  }

  /** A change that was not typed: it is shown, too. The answer takes it back and leaves what was typed since. */
  replace(text: string): () => void {
    const before = this.text;
    this.show(text);
    return () => {
      const tidy = this.io.tidy ?? ((one: string) => one);
      const pieces = mergeLines(tidy(text), tidy(this.text), tidy(before));
      this.show(this.text === text ? before : settled(pieces, pieces.flatMap(piece => typeof piece === 'string' ? [] : [piece.mine])));
    };
  }

  private show(text: string): void {
    this.io.onMerged(text);
    this.change(text);
  }

  /** Saves what there is to save now; ends when that is done, or cannot be. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.running ??= this.saveAll().finally(() => { this.running = null; });
    await this.running;
  }

  private async saveAll(): Promise<void> {
    while (!this.isKept) {
      const sent = this.text;
      this.become('saving');
      try {
        this.take(await this.io.save(sent, this.etag), sent);
      } catch (e) {
        if (e instanceof ApiError && e.status === 412) {
          if (await this.join()) continue;
        } else if (e instanceof ApiError && e.status === 422) {
          this.problems = (e.problem['problems'] as readonly ArtefactProblem[] | undefined) ?? [];
          this.fail('refused', e);
        } else {
          this.fail('failed', e);
          this.later(AgainAfter);
        }
        return;
      }
    }
    if (this.state !== 'saved') this.keep(); // it was put back to what is there
  }

  private take(saved: Answer<ArtefactText>, sent: string): void {
    this.base = sent;
    this.etag = saved.etag;
    this.hash = saved.data.hash;
    this.hasDraft = true;
    this.keep();
  }

  private keep(): void {
    this.problems = [];
    this.error = null;
    this.become(!this.isKept ? 'waiting' : this.hasDraft ? 'saved' : 'clean');
  }

  /** Whether there is something to save again. */
  private async join(): Promise<boolean> {
    let theirs: Answer<ArtefactText>;
    try {
      theirs = await this.io.read();
    } catch (e) {
      this.fail('failed', e);
      this.later(AgainAfter);
      return false;
    }
    const tidy = this.io.tidy ?? ((text: string) => text);
    const pieces = mergeLines(tidy(this.base), tidy(this.text), tidy(theirs.data.content));
    const conflicts = pieces.filter(piece => typeof piece !== 'string');
    const chosen = conflicts.length > 0 ? await this.io.ask(conflicts) : [];
    if (chosen === null) {
      this.become('waiting'); // the next change, or leaving, asks again
      return false;
    }
    this.text = settled(pieces, chosen);
    this.base = theirs.data.content;
    this.etag = theirs.etag;
    this.hash = theirs.data.hash;
    this.io.onMerged(this.text);
    if (this.isKept) this.become('saved');
    return true;
  }

  private fail(state: SaveState, error: unknown): void {
    this.error = error;
    this.become(state);
  }

  private later(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), milliseconds);
  }

  private become(state: SaveState): void {
    this.state = state;
    this.io.onChange();
  }
}
