CREATE TABLE `campaign_reviews` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`timezone` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`last_day` date NOT NULL,
	`figures` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`hash` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`artefact_id` bigint unsigned,
	`recorded_at` datetime(3) NOT NULL,
	CONSTRAINT `campaign_reviews_id` PRIMARY KEY(`id`),
	CONSTRAINT `campaign_reviews_week` UNIQUE(`timezone`,`last_day`)
);
--> statement-breakpoint
CREATE TABLE `marketing_days` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`timezone` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`day` date NOT NULL,
	`figures` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	`hash` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`recorded_at` datetime(3) NOT NULL,
	CONSTRAINT `marketing_days_id` PRIMARY KEY(`id`),
	CONSTRAINT `marketing_days_day` UNIQUE(`timezone`,`day`)
);
