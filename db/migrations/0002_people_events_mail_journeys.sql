CREATE TABLE `engagements` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`engagement_key` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`event` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`message_id` bigint unsigned,
	`contact_id` bigint unsigned,
	`occurred_at` datetime(3) NOT NULL,
	`received_at` datetime(3) NOT NULL,
	`campaign_id` bigint unsigned,
	`link` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	CONSTRAINT `engagements_id` PRIMARY KEY(`id`),
	CONSTRAINT `engagements_key` UNIQUE(`engagement_key`)
);
--> statement-breakpoint
CREATE TABLE `event_runs` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`event_id` bigint unsigned NOT NULL,
	`trigger_id` varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`workflow_id` varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`outcome` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`at` datetime(3) NOT NULL,
	CONSTRAINT `event_runs_id` PRIMARY KEY(`id`),
	CONSTRAINT `event_runs_event_trigger` UNIQUE(`event_id`,`trigger_id`)
);
--> statement-breakpoint
CREATE TABLE `events` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`event_id` varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`body_hash` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`type` varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`resource` varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`contact_id` bigint unsigned,
	`occurred_at` datetime(3) NOT NULL,
	`received_at` datetime(3) NOT NULL,
	`data` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`state` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'accepted',
	`attempts` int unsigned NOT NULL DEFAULT 0,
	`retry_at` datetime(3),
	`dispatched_at` datetime(3),
	CONSTRAINT `events_id` PRIMARY KEY(`id`),
	CONSTRAINT `events_event_id` UNIQUE(`event_id`)
);
--> statement-breakpoint
CREATE TABLE `exposures` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`experiment` varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`contact_id` bigint unsigned NOT NULL,
	`arm` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`journey_run_id` bigint unsigned,
	`exposed_at` datetime(3) NOT NULL,
	CONSTRAINT `exposures_id` PRIMARY KEY(`id`),
	CONSTRAINT `exposures_person` UNIQUE(`experiment`,`contact_id`)
);
--> statement-breakpoint
CREATE TABLE `journey_definitions` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`journey` varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`hash` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`definition` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`first_used_at` datetime(3) NOT NULL,
	CONSTRAINT `journey_definitions_id` PRIMARY KEY(`id`),
	CONSTRAINT `journey_definitions_hash` UNIQUE(`journey`,`hash`)
);
--> statement-breakpoint
CREATE TABLE `journey_runs` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`workflow_id` varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`journey` varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`definition_hash` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`contact_id` bigint unsigned NOT NULL,
	`event_id` bigint unsigned,
	`anchor_at` datetime(3) NOT NULL,
	`state` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`reason` varchar(100) CHARACTER SET ascii COLLATE ascii_bin,
	`step` varchar(100) CHARACTER SET ascii COLLATE ascii_bin,
	`due_at` datetime(3),
	`mails_sent` int unsigned NOT NULL DEFAULT 0,
	`started_at` datetime(3) NOT NULL,
	`ended_at` datetime(3),
	`goal_at` datetime(3),
	CONSTRAINT `journey_runs_id` PRIMARY KEY(`id`),
	CONSTRAINT `journey_runs_workflow` UNIQUE(`workflow_id`)
);
--> statement-breakpoint
CREATE TABLE `messages` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`message_key` varchar(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`uuid` varchar(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`kind` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`scope` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`contact_id` bigint unsigned,
	`email` varchar(254) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`template` varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`template_version` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`params` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`journey_run_id` bigint unsigned,
	`state` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`reason` varchar(100) CHARACTER SET ascii COLLATE ascii_bin,
	`due_at` datetime(3) NOT NULL,
	`prepared_at` datetime(3) NOT NULL,
	`first_tried_at` datetime(3),
	`tried_at` datetime(3),
	`attempts` int unsigned NOT NULL DEFAULT 0,
	`accepted_at` datetime(3),
	`settled_at` datetime(3),
	`brevo_message_id` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	`delivered_at` datetime(3),
	`opened_at` datetime(3),
	`clicked_at` datetime(3),
	`bounced_at` datetime(3),
	`complained_at` datetime(3),
	`unsubscribed_at` datetime(3),
	CONSTRAINT `messages_id` PRIMARY KEY(`id`),
	CONSTRAINT `messages_key` UNIQUE(`message_key`),
	CONSTRAINT `messages_uuid` UNIQUE(`uuid`)
);
--> statement-breakpoint
CREATE TABLE `notifications` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`notification_key` varchar(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`channel` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`contact_id` bigint unsigned,
	`state` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`attempts` int unsigned NOT NULL DEFAULT 0,
	`reason` varchar(100) CHARACTER SET ascii COLLATE ascii_bin,
	`prepared_at` datetime(3) NOT NULL,
	`settled_at` datetime(3),
	CONSTRAINT `notifications_id` PRIMARY KEY(`id`),
	CONSTRAINT `notifications_key` UNIQUE(`notification_key`)
);
--> statement-breakpoint
CREATE TABLE `contact_resources` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`resource` varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`contact_id` bigint unsigned NOT NULL,
	CONSTRAINT `contact_resources_id` PRIMARY KEY(`id`),
	CONSTRAINT `contact_resources_resource` UNIQUE(`resource`)
);
--> statement-breakpoint
CREATE TABLE `contacts` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`email` varchar(254) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`first_name` varchar(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	`name` varchar(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	`timezone` varchar(64) CHARACTER SET ascii COLLATE ascii_bin,
	`fields` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`consent` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'unknown',
	`consent_at` datetime(3),
	`created_at` datetime(3) NOT NULL,
	`updated_at` datetime(3) NOT NULL,
	`erased_at` datetime(3),
	CONSTRAINT `contacts_id` PRIMARY KEY(`id`),
	CONSTRAINT `contacts_email` UNIQUE(`email`)
);
--> statement-breakpoint
CREATE TABLE `erasures` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`address_hash` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`requested_at` datetime(3) NOT NULL,
	`brevo_deleted_at` datetime(3),
	`completed_at` datetime(3),
	CONSTRAINT `erasures_id` PRIMARY KEY(`id`),
	CONSTRAINT `erasures_address` UNIQUE(`address_hash`)
);
--> statement-breakpoint
CREATE TABLE `suppressions` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`address_hash` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`scope` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`reason` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`source` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`since` datetime(3) NOT NULL,
	`ended_at` datetime(3),
	CONSTRAINT `suppressions_id` PRIMARY KEY(`id`),
	CONSTRAINT `suppressions_address` UNIQUE(`address_hash`,`scope`,`reason`)
);
--> statement-breakpoint
CREATE INDEX `engagements_contact` ON `engagements` (`contact_id`,`event`,`occurred_at`);--> statement-breakpoint
CREATE INDEX `engagements_message` ON `engagements` (`message_id`);--> statement-breakpoint
CREATE INDEX `engagements_time` ON `engagements` (`occurred_at`,`event`);--> statement-breakpoint
CREATE INDEX `event_runs_workflow` ON `event_runs` (`workflow_id`);--> statement-breakpoint
CREATE INDEX `events_open` ON `events` (`state`,`retry_at`,`id`);--> statement-breakpoint
CREATE INDEX `events_contact` ON `events` (`contact_id`,`type`,`occurred_at`);--> statement-breakpoint
CREATE INDEX `events_contact_open` ON `events` (`contact_id`,`state`,`id`);--> statement-breakpoint
CREATE INDEX `events_type` ON `events` (`type`,`id`);--> statement-breakpoint
CREATE INDEX `exposures_arm` ON `exposures` (`experiment`,`arm`);--> statement-breakpoint
CREATE INDEX `journey_runs_contact` ON `journey_runs` (`contact_id`,`state`);--> statement-breakpoint
CREATE INDEX `journey_runs_journey` ON `journey_runs` (`journey`,`state`,`started_at`);--> statement-breakpoint
CREATE INDEX `messages_state` ON `messages` (`state`,`id`);--> statement-breakpoint
CREATE INDEX `messages_contact` ON `messages` (`contact_id`,`accepted_at`);--> statement-breakpoint
CREATE INDEX `messages_brevo` ON `messages` (`brevo_message_id`);--> statement-breakpoint
CREATE INDEX `messages_run` ON `messages` (`journey_run_id`);--> statement-breakpoint
CREATE INDEX `messages_accepted` ON `messages` (`accepted_at`,`kind`);--> statement-breakpoint
CREATE INDEX `notifications_state` ON `notifications` (`state`,`id`);--> statement-breakpoint
CREATE INDEX `contact_resources_contact` ON `contact_resources` (`contact_id`);