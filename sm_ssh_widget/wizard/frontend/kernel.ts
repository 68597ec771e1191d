import type { Message, Model } from './model';

const PING_MS = 5000;
const LOST_MS = 16000;

/** The line to the kernel: sends messages, and notices when nothing comes back. */
export class Kernel {
  lost = false;
  private pingedAt: number | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly model: Model,
    private readonly changed: () => void
  ) {}

  start(): void {
    this.model.on('msg:custom', this.heard);
    this.send({ kind: 'ready' });
    this.timer = setInterval(() => {
      this.ping();
    }, PING_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    this.model.off('msg:custom', this.heard);
  }

  send(message: Message): void {
    try {
      this.model.send(message);
    } catch {
      this.setLost(true);
    }
  }

  private readonly heard = (message?: unknown): void => {
    if ((message as { kind?: unknown } | undefined)?.kind !== 'pong') return;
    this.pingedAt = null;
    this.setLost(false);
  };

  private ping(): void {
    if (document.visibilityState === 'hidden') return;
    if (this.pingedAt !== null && Date.now() - this.pingedAt > LOST_MS) this.setLost(true);
    this.pingedAt ??= Date.now();
    this.send({ kind: 'ping' });
  }

  private setLost(lost: boolean): void {
    if (this.lost === lost) return;
    this.lost = lost;
    this.changed();
  }
}
