CREATE TABLE `brevo_changes` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`change_key` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`entry_id` bigint unsigned NOT NULL,
	`kind` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`email` varchar(254) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`funnel_type` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`purchased_on` date,
	`state` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'pending',
	`route` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'any',
	`import_id` bigint unsigned,
	`attempts` int unsigned NOT NULL DEFAULT 0,
	`attempted_at` datetime(3),
	`settled_at` datetime(3),
	`code` varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	`created_at` datetime(3) NOT NULL,
	`run_id` varchar(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	CONSTRAINT `brevo_changes_id` PRIMARY KEY(`id`),
	CONSTRAINT `brevo_changes_key` UNIQUE(`change_key`)
);
--> statement-breakpoint
CREATE TABLE `brevo_imports` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`list_id` int unsigned NOT NULL,
	`funnel_type` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`contacts` int unsigned NOT NULL,
	`state` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'prepared',
	`process_id` bigint,
	`created_at` datetime(3) NOT NULL,
	`attempted_at` datetime(3),
	`settled_at` datetime(3),
	CONSTRAINT `brevo_imports_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `brevo_limits` (
	`bucket` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`free_at` bigint unsigned NOT NULL,
	CONSTRAINT `brevo_limits_bucket` PRIMARY KEY(`bucket`)
);
--> statement-breakpoint
CREATE TABLE `certificate_purchases` (
	`payment_id` bigint NOT NULL,
	`email` varchar(254) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`funnel_type` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`purchased_at` datetime(3) NOT NULL,
	`seen_at` datetime(3) NOT NULL,
	`withdrawn_at` datetime(3),
	CONSTRAINT `certificate_purchases_payment_id` PRIMARY KEY(`payment_id`)
);
--> statement-breakpoint
CREATE TABLE `conversion_days` (
	`day` date NOT NULL,
	`funnel_type` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`tests` int unsigned NOT NULL,
	`entries` int unsigned NOT NULL,
	`purchases` int unsigned NOT NULL,
	`total_entries` int unsigned NOT NULL,
	`total_purchased` int unsigned NOT NULL,
	`recorded_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `conversion_days_day_funnel_type_pk` PRIMARY KEY(`day`,`funnel_type`)
);
--> statement-breakpoint
CREATE TABLE `funnel_entries` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`email` varchar(254) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`funnel_type` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`user_id` bigint,
	`test_id` bigint,
	`tested_at` datetime(3),
	`entered_at` datetime(3) NOT NULL,
	`certificate_purchased` tinyint NOT NULL DEFAULT 0,
	`certificate_purchased_at` datetime(3),
	`purchase_payment_id` bigint,
	`state` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'pending',
	`rejected_code` varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	`source` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'site',
	CONSTRAINT `funnel_entries_id` PRIMARY KEY(`id`),
	CONSTRAINT `funnel_entries_email_funnel` UNIQUE(`email`,`funnel_type`)
);
--> statement-breakpoint
CREATE TABLE `judged_hours` (
	`hour` varchar(13) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`sittings` int unsigned NOT NULL,
	`digest` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`judged_at` datetime(3) NOT NULL,
	CONSTRAINT `judged_hours_hour` PRIMARY KEY(`hour`)
);
--> statement-breakpoint
CREATE TABLE `quarantine` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`sitting_id` bigint NOT NULL,
	`reason` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`raw_email` varchar(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	`test_id` bigint,
	`tested_at` datetime(3) NOT NULL,
	`fingerprint` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`first_seen_at` datetime(3) NOT NULL,
	`judged_at` datetime(3) NOT NULL,
	`resolved_at` datetime(3),
	`run_id` varchar(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	CONSTRAINT `quarantine_id` PRIMARY KEY(`id`),
	CONSTRAINT `quarantine_sitting` UNIQUE(`sitting_id`)
);
--> statement-breakpoint
CREATE INDEX `brevo_changes_contact` ON `brevo_changes` (`email`,`id`);--> statement-breakpoint
CREATE INDEX `brevo_changes_open` ON `brevo_changes` (`state`,`id`);--> statement-breakpoint
CREATE INDEX `brevo_changes_import` ON `brevo_changes` (`import_id`);--> statement-breakpoint
CREATE INDEX `brevo_changes_run` ON `brevo_changes` (`run_id`,`kind`,`state`);--> statement-breakpoint
CREATE INDEX `brevo_changes_entry` ON `brevo_changes` (`entry_id`);--> statement-breakpoint
CREATE INDEX `brevo_imports_state` ON `brevo_imports` (`state`);--> statement-breakpoint
CREATE INDEX `certificate_purchases_person` ON `certificate_purchases` (`email`,`funnel_type`,`purchased_at`);--> statement-breakpoint
CREATE INDEX `funnel_entries_entered_at` ON `funnel_entries` (`entered_at`);--> statement-breakpoint
CREATE INDEX `funnel_entries_purchased_at` ON `funnel_entries` (`certificate_purchased_at`);--> statement-breakpoint
CREATE INDEX `quarantine_run` ON `quarantine` (`run_id`);--> statement-breakpoint
CREATE INDEX `quarantine_open` ON `quarantine` (`resolved_at`,`reason`);