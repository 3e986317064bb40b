CREATE TABLE `schedule_runs` (
	`schedule_id` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`slot` datetime(3) NOT NULL,
	`state` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`reason` varchar(64) CHARACTER SET ascii COLLATE ascii_bin,
	`workflow_id` varchar(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	`run_id` varchar(36) CHARACTER SET ascii COLLATE ascii_bin,
	`claimed_at` datetime(3),
	`ended_at` datetime(3),
	`late_seconds` int unsigned,
	`backlog_from` datetime(3),
	`asked_at` datetime(3),
	CONSTRAINT `schedule_runs_schedule_id_slot_pk` PRIMARY KEY(`schedule_id`,`slot`)
);
--> statement-breakpoint
CREATE TABLE `schedule_watches` (
	`schedule_id` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`definition` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	`watched_until` datetime(3),
	`schedule_created_at` datetime(3),
	`paused_seen_at` datetime(3),
	`missed_unlisted` int unsigned NOT NULL DEFAULT 0,
	`failures_from` datetime(3),
	CONSTRAINT `schedule_watches_schedule_id` PRIMARY KEY(`schedule_id`)
);
--> statement-breakpoint
CREATE INDEX `schedule_runs_state` ON `schedule_runs` (`schedule_id`,`state`,`slot`);--> statement-breakpoint
CREATE INDEX `schedule_runs_ended` ON `schedule_runs` (`schedule_id`,`ended_at`);