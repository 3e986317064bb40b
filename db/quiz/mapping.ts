/**
 * Where a QuizMaster database keeps what is read of it: the one place to change for a site that names things otherwise. On
 * the left our names, on the right the site's. Without an optional table or column Sluice does without it, and `sluice
 * doctor` says so; without any other it says which is missing.
 *
 * DATETIME values carry no zone: they are UTC. Booleans may be any type of which 0 is false.
 */
export const QUIZ_TABLES = {
  users: {
    table: 'users',
    columns: {
      id: 'id',
      email: 'email',
      name: 'username',
      isAdmin: 'is_admin',
      isActive: 'is_active',
      lastLogin: 'last_login',
      registeredAt: 'registration_date',
      /** 'disabled' is an opt-out of all mail. */
      emailPreferences: 'email_preferences',
      /** IANA name of the user's own zone. */
      timezone: 'timezone',
    },
    optional: ['emailPreferences', 'timezone'],
  },
  preferences: {
    table: 'user_preferences',
    columns: {
      userId: 'user_id',
      dailyReminders: 'daily_reminders',
      monthlyReports: 'monthly_reports',
      emailNotifications: 'email_notifications',
      /** TIME, or a text like 18:30. */
      reminderTime: 'reminder_time',
    },
    optional: 'table',
  },
  subjects: { table: 'subjects', columns: { id: 'id', name: 'name' }, optional: [] },
  chapters: {
    table: 'chapters',
    columns: { id: 'id', subjectId: 'subject_id', name: 'name' },
    optional: [],
  },
  quizzes: {
    table: 'quizzes',
    columns: {
      id: 'id',
      chapterId: 'chapter_id',
      name: 'name',
      isActive: 'is_active',
      createdAt: 'created_at',
    },
    /** Without it the newest quiz is the one with the highest id. */
    optional: ['createdAt'],
  },
  scores: {
    table: 'scores',
    columns: {
      userId: 'user_id',
      quizId: 'quiz_id',
      attemptedAt: 'time_stamp_of_attempt',
      /** NULL: not marked; such an attempt counts, its percentage does not. */
      percentage: 'percentage',
      passed: 'passed',
      /** Seconds. */
      taken: 'time_taken',
    },
    optional: ['taken'],
  },
} as const satisfies Readonly<
  Record<
    string,
    {
      readonly table: string;
      readonly columns: Readonly<Record<string, string>>;
      /** `table`: all of it, each column by itself too. */
      readonly optional: readonly string[] | 'table';
    }
  >
>;

export type QuizTable = keyof typeof QUIZ_TABLES;
export type QuizColumn<T extends QuizTable> = keyof (typeof QUIZ_TABLES)[T]['columns'];
