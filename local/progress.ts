/** One thing that is being done; any number may be under way at once. */
export interface Step {
  /** A line about what happens now and why, for steps that take long. */
  say(text: string): void;
  done(text: string): void;
  failed(text: string): void;
}

/** Where the local stack tells what it does. */
export interface Progress {
  step(name: string): Step;
  note(text: string): void;
  /** Takes the moving line away for good. */
  close(): void;
}

interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const FRAMES = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const CLEAR_LINE = '\r\u001b[K';

/** Progress on a terminal (check marks over one moving line) or in a pipe (plain lines), with the seconds each step took. */
export function createProgress(out: Terminal): Progress {
  const active = new Map<string, number>();
  const terminal = out.isTTY === true;
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;

  const clear = () => (terminal ? CLEAR_LINE : '');
  const print = (line: string) => out.write(`${clear()}${line}\n`);

  function draw(): void {
    frame = (frame + 1) % FRAMES.length;
    const oldest = Math.min(...active.values());
    out.write(`${clear()}${FRAMES[frame]} ${[...active.keys()].join(' · ')} ${secondsSince(oldest)}`);
  }

  function animate(): void {
    if (!terminal) return;
    if (active.size > 0 && timer === undefined) {
      timer = setInterval(draw, 120);
      timer.unref();
    }
    if (active.size === 0) rest();
  }

  function rest(): void {
    if (timer !== undefined) out.write(CLEAR_LINE);
    clearInterval(timer);
    timer = undefined;
  }

  return {
    step(name) {
      const began = performance.now();
      active.set(name, began);
      if (!terminal) print(`${name} …`);
      animate();
      const end = (mark: string, text: string) => {
        active.delete(name);
        print(`${terminal ? `${mark} ` : ''}${name}: ${text} (${secondsSince(began)})`);
        animate();
      };
      return {
        say: (text) => print(`${terminal ? '  ' : ''}${name}: ${text}`),
        done: (text) => end('✓', text),
        failed: (text) => end('✗', text),
      };
    },
    note: print,
    close: rest,
  };
}

/** For those who need no account of what happens. */
export const silentProgress: Progress = {
  step: () => ({ say: nothing, done: nothing, failed: nothing }),
  note: nothing,
  close: nothing,
};

function nothing(): void {}

function secondsSince(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}
