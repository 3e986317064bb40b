CREATE TABLE `report_definitions` (
	`id` varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`name` varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`version` int unsigned NOT NULL,
	`is_active` tinyint NOT NULL,
	`inactive_reason` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	`change_no` int unsigned NOT NULL,
	`synced_change_no` int unsigned NOT NULL DEFAULT 0,
	`checked_at` datetime(3),
	`sync_error` varchar(64) CHARACTER SET ascii COLLATE ascii_bin,
	`pause_note` varchar(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	`created_at` datetime(3) NOT NULL,
	`updated_at` datetime(3) NOT NULL,
	`deleted_at` datetime(3),
	`last_run_at` datetime(3),
	`run_count` int unsigned NOT NULL DEFAULT 0,
	`error_count` int unsigned NOT NULL DEFAULT 0,
	`last_error` varchar(64) CHARACTER SET ascii COLLATE ascii_bin,
	`failure_streak` int unsigned NOT NULL DEFAULT 0,
	CONSTRAINT `report_definitions_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `report_runs` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`run_key` varchar(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`report_id` varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`version` int unsigned NOT NULL,
	`as_of` datetime(3) NOT NULL,
	`trigger_kind` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`state` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`workflow_id` varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`rows_written` int unsigned,
	`rows_total` bigint unsigned,
	`truncated` tinyint,
	`bytes` bigint unsigned,
	`query_ms` int unsigned,
	`file_ms` int unsigned,
	`result_digest` varchar(64) CHARACTER SET ascii COLLATE ascii_bin,
	`artefacts` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	`error_code` varchar(64) CHARACTER SET ascii COLLATE ascii_bin,
	`error` varchar(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	`alert_state` varchar(32) CHARACTER SET ascii COLLATE ascii_bin,
	`created_at` datetime(3) NOT NULL,
	`settled_at` datetime(3),
	CONSTRAINT `report_runs_id` PRIMARY KEY(`id`),
	CONSTRAINT `report_runs_key` UNIQUE(`run_key`)
);
--> statement-breakpoint
CREATE TABLE `report_versions` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`report_id` varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`version` int unsigned NOT NULL,
	`definition` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`hash` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`created_by` varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `report_versions_id` PRIMARY KEY(`id`),
	CONSTRAINT `report_versions_version` UNIQUE(`report_id`,`version`)
);
--> statement-breakpoint
CREATE INDEX `report_definitions_checked` ON `report_definitions` (`checked_at`);--> statement-breakpoint
CREATE INDEX `report_runs_report` ON `report_runs` (`report_id`,`id`);--> statement-breakpoint
CREATE INDEX `report_runs_settled` ON `report_runs` (`settled_at`);