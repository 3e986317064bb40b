CREATE TABLE `lead_crossings` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`contact_id` bigint unsigned NOT NULL,
	`number` int unsigned NOT NULL,
	`direction` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`crossed_at` datetime(3) NOT NULL,
	`score` tinyint unsigned NOT NULL,
	`previous` tinyint unsigned NOT NULL,
	`channel_state` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`channel_reason` varchar(64) CHARACTER SET ascii COLLATE ascii_bin,
	`channel_tried_at` datetime(3),
	`mail_state` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`mail_reason` varchar(64) CHARACTER SET ascii COLLATE ascii_bin,
	`told_at` datetime(3),
	CONSTRAINT `lead_crossings_id` PRIMARY KEY(`id`),
	CONSTRAINT `lead_crossings_number` UNIQUE(`contact_id`,`number`)
);
--> statement-breakpoint
CREATE TABLE `lead_score_history` (
	`scored_at` datetime(3) NOT NULL,
	`contact_id` bigint unsigned NOT NULL,
	`score` tinyint unsigned NOT NULL,
	`points` tinyint unsigned NOT NULL,
	CONSTRAINT `lead_score_history_scored_at_contact_id_pk` PRIMARY KEY(`scored_at`,`contact_id`)
);
--> statement-breakpoint
CREATE TABLE `lead_score_hours` (
	`hour` datetime(3) NOT NULL,
	`fade_hours` int unsigned NOT NULL DEFAULT 0,
	`scored` int unsigned NOT NULL DEFAULT 0,
	`changed` int unsigned NOT NULL DEFAULT 0,
	`became_hot` int unsigned NOT NULL DEFAULT 0,
	`became_cold` int unsigned NOT NULL DEFAULT 0,
	`started_at` datetime(3) NOT NULL,
	`finished_at` datetime(3) NOT NULL,
	CONSTRAINT `lead_score_hours_hour` PRIMARY KEY(`hour`)
);
--> statement-breakpoint
CREATE TABLE `lead_scores` (
	`contact_id` bigint unsigned NOT NULL,
	`score` tinyint unsigned NOT NULL,
	`previous` tinyint unsigned NOT NULL,
	`points` tinyint unsigned NOT NULL,
	`opens` int unsigned NOT NULL DEFAULT 0,
	`clicks` int unsigned NOT NULL DEFAULT 0,
	`replies` int unsigned NOT NULL DEFAULT 0,
	`page_views` int unsigned NOT NULL DEFAULT 0,
	`minutes` int unsigned NOT NULL DEFAULT 0,
	`sales_page_visits` int unsigned NOT NULL DEFAULT 0,
	`crossings` int unsigned NOT NULL DEFAULT 0,
	`scored_at` datetime(3) NOT NULL,
	CONSTRAINT `lead_scores_contact_id` PRIMARY KEY(`contact_id`)
);
--> statement-breakpoint
CREATE TABLE `lead_scoring` (
	`id` tinyint unsigned NOT NULL,
	`hour` datetime(3),
	`state` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'done',
	`fade_hours` int unsigned NOT NULL DEFAULT 0,
	`after_contact` bigint unsigned NOT NULL DEFAULT 0,
	`scored` int unsigned NOT NULL DEFAULT 0,
	`changed` int unsigned NOT NULL DEFAULT 0,
	`became_hot` int unsigned NOT NULL DEFAULT 0,
	`became_cold` int unsigned NOT NULL DEFAULT 0,
	`started_at` datetime(3),
	CONSTRAINT `lead_scoring_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE INDEX `lead_crossings_channel` ON `lead_crossings` (`channel_state`,`id`);--> statement-breakpoint
CREATE INDEX `lead_crossings_mail` ON `lead_crossings` (`mail_state`,`id`);--> statement-breakpoint
CREATE INDEX `lead_crossings_time` ON `lead_crossings` (`crossed_at`,`direction`);--> statement-breakpoint
CREATE INDEX `lead_score_history_contact` ON `lead_score_history` (`contact_id`,`scored_at`);