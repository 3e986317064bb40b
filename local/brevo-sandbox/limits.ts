import { z } from 'zod';
import type { SandboxClock } from './clock.ts';

/**
 * Rate limits of an account, as published by Brevo (developers.brevo.com/docs/api-limits): per group of calls a number
 * per second, per hour, or both. A window opens with its first call; `x-sib-ratelimit-reset` says how many seconds it
 * has still to run.
 */

const BUCKETS = ['send', 'mailList', 'mailOther', 'contacts', 'events', 'other'] as const;
export type Bucket = (typeof BUCKETS)[number];

export const limitProfileSchema = z.enum(['general', 'advanced', 'extended', 'off']);
export type LimitProfile = z.infer<typeof limitProfileSchema>;

const boundsSchema = z.strictObject({
  perSecond: z.number().int().positive().optional(),
  perHour: z.number().int().positive().optional(),
});
export type Bounds = Readonly<z.infer<typeof boundsSchema>>;

export const limitSettingsSchema = z.strictObject({
  profile: limitProfileSchema,
  /** Bounds that differ from the profile's. */
  overrides: z.partialRecord(z.enum(BUCKETS), boundsSchema).default({}),
});
export type LimitSettings = Readonly<z.infer<typeof limitSettingsSchema>>;

const PROFILES: Readonly<Record<Exclude<LimitProfile, 'off'>, Readonly<Record<Bucket, Bounds>>>> = {
  general: {
    send: { perSecond: 1_000 },
    mailList: { perSecond: 2 },
    mailOther: { perHour: 300 },
    contacts: { perSecond: 10, perHour: 36_000 },
    events: { perSecond: 10 },
    other: { perHour: 100 },
  },
  advanced: {
    send: { perSecond: 2_000 },
    mailList: { perSecond: 3 },
    mailOther: { perHour: 600 },
    contacts: { perSecond: 20, perHour: 72_000 },
    events: { perSecond: 20 },
    other: { perHour: 200 },
  },
  extended: {
    send: { perSecond: 6_000 },
    mailList: { perHour: 18_000 },
    mailOther: { perHour: 1_800 },
    contacts: { perSecond: 60, perHour: 216_000 },
    events: { perSecond: 60 },
    other: { perHour: 600 },
  },
};

/** The group of calls that a route counts towards. */
export function bucketOf(method: string, route: string): Bucket {
  if (
    (method === 'POST' && route === '/smtp/email') ||
    (method === 'GET' && route === '/smtp/blockedContacts')
  ) {
    return 'send';
  }
  if (route === '/smtp/emails') {
    return 'mailList';
  }
  if (route.startsWith('/smtp')) {
    return 'mailOther';
  }
  if (route.startsWith('/contacts')) {
    return 'contacts';
  }
  return route.startsWith('/events') ? 'events' : 'other';
}

export interface LimitVerdict {
  readonly allowed: boolean;
  /** The bound that is nearest to its end; null without limits. */
  readonly bound: {
    readonly limit: number;
    readonly remaining: number;
    readonly resetSeconds: number;
  } | null;
}

interface Window {
  opensAtMs: number;
  used: number;
}

/** Counts the calls of the account. Lives in memory only: a restart opens new windows. */
export class RateLimits {
  readonly #clock: SandboxClock;
  #settings: LimitSettings = { profile: 'off', overrides: {} };
  readonly #windows = new Map<string, Window>();

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  /** Takes new limits and opens new windows. */
  use(settings: LimitSettings): void {
    this.#settings = settings;
    this.#windows.clear();
  }

  /** Counts one call, unless a bound is used up; a refused call counts towards nothing. */
  take(bucket: Bucket): LimitVerdict {
    const windows = this.#boundsOf(bucket).map(({ limit, lengthMs }) => {
      const window = this.#window(`${bucket}/${lengthMs}`, lengthMs);
      const resetMs = window.opensAtMs + lengthMs - this.#clock.nowMs();
      return { window, limit, resetSeconds: Math.max(1, Math.ceil(resetMs / 1_000)) };
    });
    const full = windows.find(({ window, limit }) => window.used >= limit);
    if (full !== undefined) {
      return { allowed: false, bound: { limit: full.limit, remaining: 0, resetSeconds: full.resetSeconds } };
    }
    for (const { window } of windows) {
      window.used += 1;
    }
    const bounds = windows.map(({ window, limit, resetSeconds }) => ({
      limit,
      remaining: limit - window.used,
      resetSeconds,
    }));
    return {
      allowed: true,
      bound: bounds.sort((a, b) => a.remaining / a.limit - b.remaining / b.limit)[0] ?? null,
    };
  }

  #boundsOf(bucket: Bucket): readonly { readonly limit: number; readonly lengthMs: number }[] {
    const { profile, overrides } = this.#settings;
    if (profile === 'off') {
      return [];
    }
    const { perSecond, perHour } = overrides[bucket] ?? PROFILES[profile][bucket];
    return [
      ...(perHour === undefined ? [] : [{ limit: perHour, lengthMs: 3_600_000 }]),
      ...(perSecond === undefined ? [] : [{ limit: perSecond, lengthMs: 1_000 }]),
    ];
  }

  #window(name: string, lengthMs: number): Window {
    const now = this.#clock.nowMs();
    const open = this.#windows.get(name);
    if (open !== undefined && now < open.opensAtMs + lengthMs) {
      return open;
    }
    const fresh = { opensAtMs: now, used: 0 };
    this.#windows.set(name, fresh);
    return fresh;
  }
}
