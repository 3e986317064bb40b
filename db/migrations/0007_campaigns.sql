CREATE TABLE `campaign_definitions` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`campaign` varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`hash` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`definition` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`first_used_at` datetime(3) NOT NULL,
	CONSTRAINT `campaign_definitions_id` PRIMARY KEY(`id`),
	CONSTRAINT `campaign_definitions_hash` UNIQUE(`campaign`,`hash`)
);
--> statement-breakpoint
CREATE TABLE `campaign_pages` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`run_id` bigint unsigned NOT NULL,
	`page` int unsigned NOT NULL,
	`wave` int unsigned NOT NULL,
	`last_contact_id` bigint unsigned NOT NULL,
	`due_at` datetime(3) NOT NULL,
	`people` int unsigned NOT NULL,
	`mails` int unsigned NOT NULL,
	`next_at` datetime(3),
	`accepted` int unsigned NOT NULL DEFAULT 0,
	`rejected` int unsigned NOT NULL DEFAULT 0,
	`withheld` int unsigned NOT NULL DEFAULT 0,
	`uncertain` int unsigned NOT NULL DEFAULT 0,
	CONSTRAINT `campaign_pages_id` PRIMARY KEY(`id`),
	CONSTRAINT `campaign_pages_page` UNIQUE(`run_id`,`page`)
);
--> statement-breakpoint
CREATE TABLE `campaign_runs` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`run_key` varchar(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`exclusive_key` varchar(210) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`campaign` varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`name` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`started_by` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`workflow_id` varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`definition_hash` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`as_of` datetime(3) NOT NULL,
	`last_contact_id` bigint unsigned NOT NULL,
	`waves` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`state` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`reason` varchar(100) CHARACTER SET ascii COLLATE ascii_bin,
	`started_at` datetime(3) NOT NULL,
	`frozen_at` datetime(3),
	`ended_at` datetime(3),
	CONSTRAINT `campaign_runs_id` PRIMARY KEY(`id`),
	CONSTRAINT `campaign_runs_key` UNIQUE(`run_key`),
	CONSTRAINT `campaign_runs_exclusive` UNIQUE(`exclusive_key`)
);
--> statement-breakpoint
CREATE INDEX `campaign_pages_next` ON `campaign_pages` (`run_id`,`next_at`);--> statement-breakpoint
CREATE INDEX `campaign_runs_campaign` ON `campaign_runs` (`campaign`,`id`);