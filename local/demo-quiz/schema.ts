import type { Connection } from 'mysql2/promise';

/** The tables of a QuizMaster database; those that exist stay as they are. For MariaDB ≥ 10.6 and MySQL 8. */
const TABLES: Readonly<Record<string, string>> = {
  users: `id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    email VARCHAR(254) NOT NULL UNIQUE, username VARCHAR(80) NOT NULL UNIQUE,
    is_admin TINYINT(1) NOT NULL DEFAULT 0, is_active TINYINT(1) NOT NULL DEFAULT 1,
    last_login DATETIME(3) NULL, registration_date DATETIME(3) NOT NULL,
    email_preferences VARCHAR(50) NOT NULL DEFAULT 'enabled', timezone VARCHAR(64) NULL`,
  user_preferences: `user_id INT NOT NULL PRIMARY KEY,
    daily_reminders TINYINT(1) NOT NULL DEFAULT 1, monthly_reports TINYINT(1) NOT NULL DEFAULT 1,
    email_notifications TINYINT(1) NOT NULL DEFAULT 1, reminder_time TIME NULL`,
  subjects: 'id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(120) NOT NULL UNIQUE',
  chapters: `id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, subject_id INT NOT NULL, name VARCHAR(120) NOT NULL`,
  quizzes: `id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, chapter_id INT NOT NULL, name VARCHAR(160) NOT NULL,
    is_active TINYINT(1) NOT NULL DEFAULT 1, passing_score DOUBLE NOT NULL DEFAULT 60, created_at DATETIME NOT NULL`,
  scores: `id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT NOT NULL, quiz_id INT NOT NULL,
    time_stamp_of_attempt DATETIME(3) NOT NULL, total_scored DOUBLE NULL, total_possible_score DOUBLE NULL,
    time_taken INT NULL, percentage DOUBLE NULL, passed TINYINT(1) NULL,
    KEY idx_user_time (user_id, time_stamp_of_attempt)`,
};

/** Makes the tables where they are missing. */
export async function createQuizSchema(connection: Connection): Promise<void> {
  for (const [name, columns] of Object.entries(TABLES)) {
    await connection.query(
      `CREATE TABLE IF NOT EXISTS ${name} (${columns}) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
    );
  }
}
