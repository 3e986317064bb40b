/** A user of the learning site, as its database has them now. Instants are UTC milliseconds; undefined: never, or unknown. */
export interface QuizUser {
  readonly id: number;
  /** As it was written there. */
  readonly email: string | null;
  readonly name: string;
  readonly isActive: boolean;
  readonly isAdmin: boolean;
  readonly lastLoginAt: number | undefined;
  readonly registeredAt: number | undefined;
  /** As they were written there; what is not understood counts as not chosen. */
  readonly timezone: string | null;
  readonly reminderTime: string | null;
  readonly wantsReminders: boolean;
  readonly wantsReports: boolean;
}
